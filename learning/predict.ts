import * as tf from '@tensorflow/tfjs';
import type { RowRange, Table } from '../contracts';
import { encode, standardise, type Features } from './features';
import { rowShape } from './models';

const rowsAtOnce = 1024;

export interface Predictions {
  /** The most likely class of each row as its index in `features.classes`: int32 [rows]. */
  predictions: Int32Array;
  /** float32 [rows, classes], row by row; each row sums to 1. */
  probabilities: Float32Array;
}

/**
 * Predicts raw rows. A column that the model was not trained with is ignored; the label may be missing.
 *
 * @param range rows to predict; all where it is left out
 * @throws InvalidInput for a missing column, or one of another kind
 * @example const { predictions } = predict(learner.model, learner.features, table);
 */
export function predict(model: tf.LayersModel, features: Features, table: Table, range?: RowRange): Predictions {
  const rows = range ? range.to - range.from : table.rows;
  const x = standardise(features, encode(features, table, range));
  const classes = features.classes.length;
  const probabilities = new Float32Array(rows * classes);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const part = tf.tidy(() => {
      const input = tf.tensor(x.subarray(from * features.width, to * features.width), [to - from, ...rowShape(model)]);
      return tf.softmax(model.apply(input) as tf.Tensor).dataSync();
    });
    probabilities.set(part, from * classes);
  }
  const predictions = Int32Array.from({ length: rows }, (_, row) => argMax(probabilities.subarray(row * classes, (row + 1) * classes)));
  return { predictions, probabilities };
}

function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
