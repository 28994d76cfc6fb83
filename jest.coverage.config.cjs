const base = require('./jest.config.cjs');

/** What is whole without a server. Of the other packages, much is adapters, which run only where their servers do. */
const gated = ['cloudevents', 'contracts', 'core'];
const packages = `packages/{${gated.join()}}`;

/** Fails below 90 % of the lines; what only tests use is not counted. */
module.exports = {
  ...base,
  testMatch: [`<rootDir>/${packages}/**/*.test.ts`],
  collectCoverage: true,
  collectCoverageFrom: [`${packages}/src/**/*.ts`, '!**/*.test.ts', '!**/testing/**'],
  coverageReporters: ['text'],
  coverageThreshold: Object.fromEntries(gated.map((name) => [`./packages/${name}/src/`, { lines: 90 }])),
};
