import * as tf from '@tensorflow/tfjs';
import { registerModel, seedFor } from '../../learning';

/**
 * A multi-layer perceptron as PyTorch initialises it: weights and biases uniform in ±1/√fan-in. Needed where a source's
 * figure hangs on how small the first weights are.
 */
registerModel('pytorch-mlp', ({ width, classes }, seed, { units, dropout = 0 }) => {
  const sizes = [width, ...(units as number[]), classes];
  const input = tf.input({ shape: [width], name: 'input' });
  const output = sizes.slice(1).reduce<tf.SymbolicTensor>((last, size, i) => {
    const bound = 1 / Math.sqrt(sizes[i]!);
    const uniform = (what: string) => tf.initializers.randomUniform({ minval: -bound, maxval: bound, seed: seedFor(seed, what, i) });
    const top = i === sizes.length - 2;
    const dense = { name: top ? 'logits' : `hidden${i + 1}`, units: size, kernelInitializer: uniform('kernel'), biasInitializer: uniform('bias') };
    if (top) return tf.layers.dense(dense).apply(last) as tf.SymbolicTensor;
    const hidden = tf.layers.dense({ ...dense, activation: 'relu' }).apply(last) as tf.SymbolicTensor;
    return dropout === 0 ? hidden : (tf.layers.dropout({ rate: dropout as number, name: `dropout${i + 1}` }).apply(hidden) as tf.SymbolicTensor);
  }, input);
  return tf.model({ inputs: input, outputs: output, name: 'mlp' });
});
