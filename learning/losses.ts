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
  // tf.losses.softmaxCrossEntropy gives the same with three times as many ops, which are what an eager step costs.
  return tf.logSoftmax(rivals(logits, y, heads)).mul(tf.oneHot(y, classes)).sum().div(-rows);
}

/** Logits among which a row's class competes: where there are heads, those of other heads have no chance. */
export function rivals(logits: tf.Tensor2D, y: tf.Tensor1D, heads?: readonly (readonly number[])[] | null): tf.Tensor2D {
  const classes = logits.shape[1];
  return heads ? logits.add(tf.oneHot(y, classes).toFloat().matMul(rivalry(heads, classes))) : logits;
}

/**
 * Logits of which only those of a row's own head have a chance.
 *
 * @param rows int32 [rows], each row's head as its index
 */
export function withinHeads(logits: tf.Tensor2D, heads: readonly (readonly number[])[], rows: Int32Array): tf.Tensor2D {
  const classes = logits.shape[1];
  const mask = tf.tensor2d(Float32Array.from({ length: heads.length * classes }, (_, i) => (heads[Math.floor(i / classes)]!.includes(i % classes) ? 0 : never)), [heads.length, classes]);
  return logits.add(mask.gather(tf.tensor1d(rows, 'int32')));
}

/** For each class what is added to all logits: 0 within its head, else so much that the other class has no chance. */
function rivalry(heads: readonly (readonly number[])[], classes: number): tf.Tensor2D {
  const head = Int32Array.from({ length: classes }, (_, i) => heads.findIndex((members) => members.includes(i)));
  return tf.tensor2d(Float32Array.from({ length: classes * classes }, (_, i) => (head[Math.floor(i / classes)] === head[i % classes] ? 0 : never)), [classes, classes]);
}
