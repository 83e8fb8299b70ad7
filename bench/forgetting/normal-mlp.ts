import * as tf from '@tensorflow/tfjs';
import { registerModel, seedFor } from '../../learning';

/** A multi-layer perceptron whose weights begin with draws of a truncated normal distribution of `sd`, and its biases with `bias`. */
registerModel('normal-mlp', ({ width, classes }, seed, { units, sd, bias }) => {
  const hidden = units as number[];
  const dense = (size: number, i: number) => ({
    units: size,
    kernelInitializer: tf.initializers.truncatedNormal({ stddev: sd as number, seed: seedFor(seed, 'kernel', i) }),
    biasInitializer: tf.initializers.constant({ value: bias as number }),
  });
  const input = tf.input({ shape: [width], name: 'input' });
  const features = hidden.reduce<tf.SymbolicTensor>(
    (last, size, i) => tf.layers.dense({ ...dense(size, i), name: `hidden${i + 1}`, activation: 'relu' }).apply(last) as tf.SymbolicTensor, input);
  const output = tf.layers.dense({ ...dense(classes, hidden.length), name: 'logits' }).apply(features) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output, name: 'mlp' });
});
