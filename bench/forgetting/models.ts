import * as tf from '@tensorflow/tfjs';
import { registerModel, seedFor } from '../../learning';

/**
 * A multi-layer perceptron as a source initialises it, where its figure hangs on how large the first weights are.
 * pytorch: weights and biases uniform in ±1/√fan-in. glorot: weights uniform in ±√(6 / (fan-in + fan-out)), biases 0.
 */
function register(name: 'pytorch' | 'glorot'): void {
  registerModel(`${name}-mlp`, ({ width, classes }, seed, { units, dropout = 0 }) => {
    const sizes = [width, ...(units as number[]), classes];
    const input = tf.input({ shape: [width], name: 'input' });
    const output = sizes.slice(1).reduce<tf.SymbolicTensor>((last, size, i) => {
      const [fanIn, top] = [sizes[i]!, i === sizes.length - 2];
      const uniform = (bound: number, what: string) => tf.initializers.randomUniform({ minval: -bound, maxval: bound, seed: seedFor(seed, what, i) });
      const bound = name === 'pytorch' ? 1 / Math.sqrt(fanIn) : Math.sqrt(6 / (fanIn + size));
      const biases = name === 'pytorch' ? { biasInitializer: uniform(bound, 'bias') } : {};
      const dense = { name: top ? 'logits' : `hidden${i + 1}`, units: size, kernelInitializer: uniform(bound, 'kernel'), ...biases };
      if (top) return tf.layers.dense(dense).apply(last) as tf.SymbolicTensor;
      const hidden = tf.layers.dense({ ...dense, activation: 'relu' }).apply(last) as tf.SymbolicTensor;
      return dropout === 0 ? hidden : (tf.layers.dropout({ rate: dropout as number, name: `dropout${i + 1}` }).apply(hidden) as tf.SymbolicTensor);
    }, input);
    return tf.model({ inputs: input, outputs: output, name: 'mlp' });
  });
}

register('pytorch');
register('glorot');
