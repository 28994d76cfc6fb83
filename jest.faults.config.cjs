const base = require('./jest.base.cjs');

/** Tests that kill and restart real processes and real backends. */
module.exports = { ...base, testMatch: ['<rootDir>/tests/faults/**/*.test.ts'], testTimeout: 180_000 };
