import * as tf from '@tensorflow/tfjs';

/** The mean squared difference over rows and logits. Where nothing is known there is none: NaN, and columns that were not there. */
export function logitDistance(logits: tf.Tensor2D, kept: tf.Tensor2D | undefined): tf.Scalar {
  if (!kept) return tf.scalar(0);
  const known = logits.slice([0, 0], kept.shape);
  const difference = tf.where(kept.isNaN(), tf.zerosLike(known), known.sub(kept));
  return difference.square().sum().div(logits.size);
}
