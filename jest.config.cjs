const base = require('./jest.base.cjs');

/** Everything but the end-to-end and the fault tests, which need a running system. */
module.exports = {
  ...base,
  testMatch: ['<rootDir>/{packages,services,scripts,tests/repository}/**/*.test.ts'],
  // says only that a test hangs: a machine that is busy with other things may be many times slower
  // only a test that hangs meets it: how long one takes is the machine's affair, and others may use that, too
  testTimeout: 180_000,
};
