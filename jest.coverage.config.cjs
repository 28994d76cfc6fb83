const { testTimeout, workerIdleMemoryLimit, ...base } = require('./jest.config.cjs');

/** Adapters of servers: only with all servers do their tests run, and only they are counted then. */
const serverAdapters = {
  messaging: 'packages/messaging/src/adapters/{kafka,rabbitmq}/**/*.ts',
  storage: 'packages/storage/src/adapters/{mongodb,mysql,redis}/**/*.ts',
};
const withServers = process.env.REQUIRE_ADAPTERS === 'all';
const counted = withServers
  ? Object.values(serverAdapters)
  : ['packages/*/src/**/*.ts', ...Object.values(serverAdapters).map((adapters) => `!${adapters}`)];
const packages = withServers
  ? Object.keys(serverAdapters)
  : ['cloudevents', 'contracts', 'core', 'messaging', 'service-kit', 'storage'];

/**
 * All tests. Fails when those of the packages pass over more than a tenth of the lines of one of them; what only tests use is not
 * counted, nor what other tests run.
 */
module.exports = {
  testTimeout,
  workerIdleMemoryLimit,
  projects: [
    { ...base, testMatch: ['<rootDir>/packages/**/*.test.ts'] },
    {
      ...base,
      testPathIgnorePatterns: [...base.testPathIgnorePatterns, '<rootDir>/packages/'],
      coveragePathIgnorePatterns: ['/'],
    },
  ],
  collectCoverage: true,
  collectCoverageFrom: [...counted, '!**/*.test.ts', '!**/testing/**'],
  coverageReporters: [['text', { skipFull: true }]],
  coverageThreshold: Object.fromEntries(packages.map((name) => [`./packages/${name}/src/`, { lines: 90 }])),
};
