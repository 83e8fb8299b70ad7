import * as tf from '@tensorflow/tfjs';
import { asTensors, placesOf, type Batch, type Place } from './layers-step';
import { leaves } from './tensors';

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

/**
 * The data as a step of the model takes it. As in `model.fit`, [rows] becomes [rows, 1]: a loss would spread it to
 * [rows, rows].
 *
 * @throws RangeError where the numbers of rows differ, or a shape is not what the model expects
 */
export function rowsOfData(model: tf.LayersModel, data: Data, weighting: RowWeights = {}): { nest: Batch; rows: number; dispose(): void } {
  const [x, y] = [listed(data.x), listed(data.y)];
  const counts = [...x, ...y].map((tensor) => tensor.shape[0] ?? 0);
  const rows = counts[0]!;
  if (rows === 0 || counts.some((count) => count !== rows)) throw new RangeError(`inputs and targets need equally many rows, at least one; they have ${counts.join(', ')}`);
  const { inputs, targets } = placesOf(model);
  const nest: Batch = tf.tidy(() => {
    const weights = rowWeights(y, weighting);
    return { x: shaped(x, 'input', inputs), y: shaped(y, 'output', targets), ...(weights ? { weights } : {}) };
  });
  const made = leaves(asTensors(nest)).map(({ tensor }) => tensor).filter((tensor) => ![...x, ...y].includes(tensor));
  return { nest, rows, dispose: () => tf.dispose(made) };
}

function shaped(tensors: tf.Tensor[], kind: string, places: Place[]): tf.Tensor[] {
  if (tensors.length !== places.length) throw new RangeError(`the model has ${places.length} ${kind}s (${places.map(({ name }) => name).join(', ')}); there are tensors for ${tensors.length}`);
  return tensors.map((tensor, i) => {
    const { name, shape } = places[i]!;
    const column = tensor.rank === 1 && shape.length === 2 ? tensor.expandDims(1) : tensor;
    const fits = column.rank === shape.length && shape.every((size, d) => d === 0 || size === null || size === column.shape[d]);
    if (!fits) throw new RangeError(`${kind} ${name}: the model expects [rows,${shape.slice(1).map((size) => size ?? 'any').join()}], not [${tensor.shape.join()}]`);
    return column;
  });
}

/** The weight of each row, from its class and its own weight; undefined where neither is asked for. */
function rowWeights(targets: tf.Tensor[], { classWeight, sampleWeight }: RowWeights): tf.Tensor1D | undefined {
  if (!classWeight && !sampleWeight) return undefined;
  if (classWeight && targets.length > 1) throw new RangeError('class weights need a model with one output; use sampleWeight');
  const deep = targets.find(({ rank }) => rank > 2);
  if (deep) throw new RangeError(`weights of rows and classes need targets of [rows] or [rows, n], not [${deep.shape.join()}]`);
  const target = targets[0]!;
  const classes = tf.tidy(() => (target.rank === 2 && target.shape[1]! > 1 ? target.argMax(1) : target.flatten()).dataSync());
  const own = sampleWeight instanceof tf.Tensor ? sampleWeight.dataSync() : sampleWeight;
  if (own && own.length !== classes.length) throw new RangeError(`${own.length} sample weights for ${classes.length} rows`);
  return tf.tensor1d(Float32Array.from(classes, (k, i) => (classWeight?.[k] ?? 1) * ((own?.[i] as number | undefined) ?? 1)));
}
