import * as tf from '@tensorflow/tfjs';

/**
 * Mean cross-entropy of logits against classes, in nats.
 *
 * @param logits float32 [rows, classes]
 * @param y int32 [rows], classes as indices
 */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(tf.oneHot(y, logits.shape[1]), logits) as tf.Scalar;
}
