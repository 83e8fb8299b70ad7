import * as tf from '@tensorflow/tfjs';
import type { Batch } from './layers-step';

/** Rows to learn from: one tensor, or a list in the order of the model's inputs and outputs. */
export interface Data {
  x: tf.Tensor | tf.Tensor[];
  y: tf.Tensor | tf.Tensor[];
}
export interface RowWeights {
  /** The weight of each class in the loss; targets are classes, as numbers or one-hot. A class that is not named counts 1. */
  classWeight?: Record<number, number>;
  /** The weight of each row in the loss, float32 [rows]. Multiplied with that of its class. */
  sampleWeight?: tf.Tensor1D | Float32Array;
}

const listed = (tensors: tf.Tensor | tf.Tensor[]): tf.Tensor[] => (Array.isArray(tensors) ? tensors : [tensors]);

/** The data as a step takes it. @throws RangeError where the numbers of rows differ */
export function rowsOfData(data: Data, weights?: tf.Tensor): { nest: Batch; rows: number } {
  const nest: Batch = { x: listed(data.x), y: listed(data.y), ...(weights ? { weights } : {}) };
  const counts = [...nest.x, ...nest.y, ...(weights ? [weights] : [])].map((tensor) => tensor.shape[0] ?? 0);
  const rows = counts[0]!;
  if (rows === 0 || counts.some((count) => count !== rows)) throw new RangeError(`inputs, targets and weights need equally many rows, at least one; they have ${counts.join(', ')}`);
  return { nest, rows };
}

/** The weight of each row, from its class and its own weight; undefined where neither is asked for. */
export function rowWeights(data: Data, { classWeight, sampleWeight }: RowWeights): tf.Tensor1D | undefined {
  if (!classWeight && !sampleWeight) return undefined;
  const targets = listed(data.y);
  if (classWeight && targets.length > 1) throw new RangeError('class weights need a model with one output; use sampleWeight');
  const target = targets[0]!;
  const classes = tf.tidy(() => (target.rank === 2 && target.shape[1]! > 1 ? target.argMax(1) : target.flatten()).dataSync());
  const own = sampleWeight instanceof tf.Tensor ? sampleWeight.dataSync() : sampleWeight;
  if (own && own.length !== classes.length) throw new RangeError(`${own.length} sample weights for ${classes.length} rows`);
  return tf.tensor1d(Float32Array.from(classes, (k, i) => (classWeight?.[k] ?? 1) * ((own?.[i] as number | undefined) ?? 1)));
}
