// Prints TensorFlow's true version and device as one line of JSON, or fails. Argument: the checkout.
const util = require('node:util');
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
// Gone from Node 23 on, and tfjs-node 4.22 still calls them.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = require(require.resolve('@tensorflow/tfjs-node', { paths: [process.argv[2]] }));
const sum = tf.tensor1d([1, 2]).add(1).sum().dataSync()[0];
if (sum !== 5) throw new Error(`1 + 1 + 2 + 1 gave ${sum}`);
console.log(JSON.stringify({ version: tf.backend().binding.TF_Version, gpu: Boolean(tf.backend().isUsingGpuDevice) }));
