const { existsSync, readdirSync } = require('node:fs');

/**
 * One arrow: core <- contracts, cloudevents <- storage <- messaging <- service-kit <- services <- all-in-one, tests.
 * Workspaces and project references do not stop an import of an undeclared sibling; this does.
 */
const order = ['core', 'contracts', 'cloudevents', 'storage', 'messaging', 'service-kit'];

const testCode = '(/testing/|\\.test\\.ts$)';

const layers = order.slice(0, -1).map((name, index) => ({
  name: `${name}-imports-only-what-stands-below-it`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: `^(services/|tests/|bench/|packages/(${order.slice(index + 1).join('|')})/)` },
}));

const workspaces = ['packages', 'services'].flatMap((folder) =>
  readdirSync(`${__dirname}/${folder}`)
    .map((name) => ({ place: `${folder}/${name}`, file: `${__dirname}/${folder}/${name}/package.json` }))
    .filter(({ file }) => existsSync(file))
    .map(({ place, file }) => ({ place, ...require(file) })),
);

const siblings = workspaces.map(({ place, dependencies = {} }) => {
  const declared = workspaces.filter(({ name }) => name in dependencies).map((workspace) => workspace.place);
  return {
    name: `${place.replace('/', '-')}-imports-only-siblings-that-it-declares`,
    severity: 'error',
    from: { path: `^${place}/src/`, pathNot: testCode },
    to: { path: '^(packages|services)/', pathNot: `^(${[place, ...declared].join('|')})/` },
  };
});

/**
 * The folders of packages/messaging, each with those that it may import besides itself and the root's files, which know
 * none of them: a folder stands below all that name it.
 */
const messagingFolders = {
  bus: [],
  feed: [],
  cursor: [],
  leases: [],
  events: ['bus'],
  adapters: ['bus', 'feed'],
  outbox: ['events', 'feed'],
  relay: ['bus', 'events', 'leases', 'outbox'],
  inbox: ['cursor', 'events'],
  parked: ['cursor', 'events'],
  consumer: ['bus', 'cursor', 'events', 'feed', 'inbox', 'parked'],
  recorder: ['consumer', 'cursor', 'events', 'parked'],
};

const messaging = '^packages/messaging/src';

const messagingLayers = [
  ...Object.entries(messagingFolders).map(([folder, below]) => ({
    name: `messaging-${folder}-imports-only-what-stands-below-it`,
    severity: 'error',
    from: { path: `${messaging}/${folder}/`, pathNot: testCode },
    to: { path: `${messaging}/[^/]+/`, pathNot: `${messaging}/(${[folder, ...below].join('|')})/` },
  })),
  {
    name: 'messaging-has-only-folders-whose-place-is-known',
    severity: 'error',
    from: {
      path: `${messaging}/[^/]+/`,
      pathNot: `${messaging}/(${[...Object.keys(messagingFolders), 'testing'].join('|')})/`,
    },
    to: {},
  },
  {
    name: 'messaging-root-knows-no-folder',
    severity: 'error',
    from: { path: `${messaging}/[^/]+\\.ts$`, pathNot: [testCode, `${messaging}/index\\.ts$`] },
    to: { path: `${messaging}/[^/]+/` },
  },
];

module.exports = {
  forbidden: [
    ...layers,
    ...siblings,
    ...messagingLayers,
    {
      name: 'contracts-and-cloudevents-are-siblings',
      severity: 'error',
      from: { path: '^packages/cloudevents/' },
      to: { path: '^packages/contracts/' },
    },
    {
      name: 'packages-do-not-import-services',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|tests|bench)/' },
    },
    {
      name: 'a-service-never-imports-a-service',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '^services/all-in-one/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'product-code-does-not-import-test-code',
      severity: 'error',
      from: { path: '^(packages|services)/[^/]+/src/', pathNot: testCode },
      to: { path: [testCode, '^(packages|services)/[^/]+/test/', '^(tests|bench)/'] },
    },
    {
      name: 'end-to-end-tests-know-only-urls',
      severity: 'error',
      from: { path: '^tests/(e2e|faults)/' },
      to: { path: '^services/' },
    },
    {
      // everyone else knows the port, Tracer of packages/core
      name: 'opentelemetry-is-known-in-one-folder',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: '^packages/service-kit/src/tracing/' },
      to: { path: '@opentelemetry/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'imports-lead-somewhere', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      // tests may use what the root declares for all of them
      name: 'dependencies-are-declared',
      severity: 'error',
      from: { path: '^(packages|services)/[^/]+/src/', pathNot: testCode },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'node', 'require', 'default'],
    },
  },
};
