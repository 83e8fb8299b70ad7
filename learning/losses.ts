import * as tf from '@tensorflow/tfjs';

/** What a class that is out of the question adds to its logit. */
const never = -1e9;

/**
 * Mean cross-entropy of logits against classes, in nats.
 *
 * @param logits float32 [rows, classes]
 * @param y int32 [rows], classes as indices
 * @param heads the classes of each head, as indices: a row's class competes with those of its own head only
 */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor1D, heads?: readonly (readonly number[])[] | null): tf.Scalar {
  const [rows, classes] = logits.shape;
  const truth = tf.oneHot(y, classes);
  const rivals = heads ? logits.add(truth.toFloat().matMul(rivalry(heads, classes))) : logits;
  // tf.losses.softmaxCrossEntropy gives the same with three times as many ops, which are what an eager step costs.
  return tf.logSoftmax(rivals).mul(truth).sum().div(-rows);
}

/** For each class what is added to all logits: 0 within its head, else so much that the other class has no chance. */
function rivalry(heads: readonly (readonly number[])[], classes: number): tf.Tensor2D {
  const head = Int32Array.from({ length: classes }, (_, i) => heads.findIndex((members) => members.includes(i)));
  return tf.tensor2d(Float32Array.from({ length: classes * classes }, (_, i) => (head[Math.floor(i / classes)] === head[i % classes] ? 0 : never)), [classes, classes]);
}
