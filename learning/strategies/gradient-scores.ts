import * as tf from '@tensorflow/tfjs';
import type { Step } from './strategy';

/** Gradients of the memory that a row is compared with, and rows of each. */
const references = 10;
const rowsOfEach = 10;
export const referenceRows = references * rowsOfEach;

/** Score of the rows that come first, when there is nothing to compare them with. */
const first = 0.1;

/**
 * How much new rows resemble what the memory holds, by their gradients over all weights (Aljundi et al., "Gradient based
 * sample selection for online continual learning", NeurIPS 2019; numbers of the authors' code).
 *
 * @param step its second draw is `referenceRows` rows: ten references, each the mean gradient of ten rows
 * @returns float32 [rows, 1] each: `score`, the largest cosine between the row's gradient and a reference, and `gate`, the
 *   same for the gradient of the whole batch
 */
export function gradientScores({ model, batch, others, crossEntropy, gradients }: Step): { score: tf.Tensor2D; gate: tf.Tensor2D } {
  const rows = batch.y.shape[0];
  const [pool] = others;
  if (!pool) return { score: tf.fill([rows, 1], first), gate: tf.fill([rows, 1], -1) };
  // As in prediction: dropout would blur what rows have in common, and single rows would move the statistics of a batch norm.
  const logits = (x: tf.Tensor) => model.apply(x) as tf.Tensor2D;
  const gradient = (x: tf.Tensor, y: tf.Tensor1D): tf.Tensor1D => tf.concat1d(Object.values(gradients(() => crossEntropy(logits(x), y))).map((part) => part.flatten()));
  const gradientsOf = (x: tf.Tensor, y: tf.Tensor1D, each: number): tf.Tensor2D =>
    tf.stack(Array.from({ length: y.shape[0] / each }, (_, i) => gradient(x.slice(i * each, each), y.slice(i * each, each)))) as tf.Tensor2D;
  const own = gradientsOf(batch.x, batch.y, 1);
  const theirs = unit(gradientsOf(pool.x, pool.y, rowsOfEach));
  const likest = (these: tf.Tensor2D): tf.Tensor2D => unit(these).matMul(theirs, false, true).max<tf.Tensor2D>(1, true);
  return { score: likest(own), gate: likest(own.mean<tf.Tensor2D>(0, true)).tile([rows, 1]) };
}

/** Rows of length 1; one of zeros stays so. */
const unit = (rows: tf.Tensor2D): tf.Tensor2D => rows.div(rows.norm('euclidean', 1, true).maximum(1e-8));
