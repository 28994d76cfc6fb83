/**
 * One arrow: core <- contracts, cloudevents <- storage <- messaging <- service-kit <- services <- all-in-one, tests.
 * Workspaces and project references do not stop an import of an undeclared sibling; this does.
 */
const order = ['core', 'contracts', 'cloudevents', 'storage', 'messaging', 'service-kit'];

const layers = order.slice(0, -1).map((name, index) => ({
  name: `${name}-imports-only-what-stands-below-it`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: `^(services/|tests/|bench/|packages/(${order.slice(index + 1).join('|')})/)` },
}));

module.exports = {
  forbidden: [
    ...layers,
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
      from: { path: '^(packages|services)/[^/]+/src/', pathNot: '(/testing/|\\.test\\.ts$)' },
      to: { path: '(/testing/|\\.test\\.ts$|^tests/|^bench/)' },
    },
    {
      name: 'end-to-end-tests-know-only-urls',
      severity: 'error',
      from: { path: '^tests/(e2e|faults)/' },
      to: { path: '^services/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'dependencies-are-declared',
      severity: 'error',
      from: { path: '^(packages|services)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'node', 'require', 'default'] },
  },
};
