import * as tf from '@tensorflow/tfjs';
import type { Learner } from '../../learning';
import { standardise } from '../../learning';
import { rivals } from '../../learning/losses';
import { encoded, type Part } from './images';

const rowsAtOnce = 1000;

/** The share of a task's rows that a learner gets right; where there are heads, it is told the head. */
export function accuracyOn({ model, features }: Learner, part: Part, most = Infinity): number {
  const rows = part.rows.subarray(0, Math.min(part.rows.length, most));
  let right = 0;
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const { encoded: x, y } = encoded({ ...part, rows: rows.subarray(from, from + rowsAtOnce) });
    const guesses = tf.tidy(() => {
      const logits = model.apply(tf.tensor2d(standardise(features, x), [y.length, features.width])) as tf.Tensor2D;
      return rivals(logits, tf.tensor1d(y, 'int32'), features.heads?.classes).argMax(1).dataSync();
    });
    y.forEach((label, i) => (right += guesses[i] === label ? 1 : 0));
  }
  return right / rows.length;
}
