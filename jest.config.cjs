const { join } = require('node:path');

/** Runs the compiled tests; `npm test` builds them first. */
module.exports = {
  roots: ['<rootDir>/dist/test'],
  testMatch: ['<rootDir>/dist/test/**/*.test.js'],
  transform: {},
  testEnvironment: join(__dirname, 'test/setup/environment.cjs'),
  maxWorkers: 2,
  testTimeout: 60_000,
};
