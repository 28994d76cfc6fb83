const base = require('./jest.base.cjs');

/** Tests that know only the URLs of a running system. */
module.exports = { ...base, testMatch: ['<rootDir>/tests/e2e/**/*.test.ts'], testTimeout: 180_000 };
