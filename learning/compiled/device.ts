import * as tf from '@tensorflow/tfjs';
import { compile } from './compile';

/**
 * Whether compiled steps really run on a device: a small training step is compiled with its variables and matrix
 * products bound to it, and run. TensorFlow refuses a graph that is bound to a device which is not there, or which cannot
 * do it, and moves nothing elsewhere: what ran, ran there.
 *
 * @param device as TensorFlow names it
 * @returns `reason`: TensorFlow's own words where it did not run
 * @example if (!runsOn('/device:GPU:0').ran) console.warn('training on the CPU');
 */
export function runsOn(device: string): { ran: boolean; reason: string } {
  const weight = tf.tidy(() => tf.variable(tf.ones([4, 3])));
  const optimizer = tf.train.sgd(0.1);
  const inputs = { x: tf.ones([8, 4]), y: tf.zeros([8, 3]) };
  const rows = Int32Array.from({ length: 8 }, (_, row) => row);
  const learn = ({ x, y }: typeof inputs): tf.Scalar => optimizer.minimize(() => tf.losses.meanSquaredError(y, x.matMul<tf.Tensor2D>(weight as tf.Tensor2D)), true, [weight])!;
  const step = compile(learn, { inputs, rows, forms: ['stateful', 'gathered', 'loop'], device, warn: () => {} });
  try {
    return { ran: step.mode === 'graph', reason: step.reason?.split('\n')[0] ?? '' };
  } finally {
    step.dispose();
    optimizer.dispose();
    tf.dispose([weight, inputs]);
  }
}
