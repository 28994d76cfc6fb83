const base = require('./jest.base.cjs');

/** Everything but the end-to-end and the fault tests, which need a running system. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/{packages,services,scripts,tests/repository}/**/*.test.ts'],
  // says only that a test hangs: a machine that is busy with other things may be many times slower
  testTimeout: 180_000,
};
