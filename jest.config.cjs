const { join } = require('node:path');

// As a training process has it for models without convolution, and before anything loads TensorFlow: with oneDNN, a graph
// and single operations round differently, by the processor that they run on.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';

/** Runs the compiled tests; `npm test` builds them first. */
module.exports = {
  roots: ['<rootDir>/dist/test'],
  testMatch: ['<rootDir>/dist/test/**/*.test.js'],
  transform: {},
  testEnvironment: join(__dirname, 'test/setup/environment.cjs'),
  maxWorkers: 2,
  testTimeout: 60_000,
};
