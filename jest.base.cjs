const swc = ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }];

/** Libraries that are ES modules, or import them: Node loads them from CommonJS, jest must turn them into it. */
const esModules = ['jose', '@opentelemetry/otlp-exporter-base'];

/** What every jest run here shares: sources without a build, each package found through its `source` export. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'require', 'default'] },
  transform: { '^.+\\.ts$': swc, [`/node_modules/(${esModules.join('|')})/.+\\.js$`]: swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.backends/', '<rootDir>/.run/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  // each file leaves some of its modules behind in its process: after hundreds, most of the time went into collecting garbage
  workerIdleMemoryLimit: '800MB',
};
