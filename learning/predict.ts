import * as tf from '@tensorflow/tfjs';
import { InvalidInput, type RowRange, type Table } from '../contracts';
import { encode, headsOf, standardise, type Features } from './features';
import { withinHeads } from './losses';
import { rowShape } from './models';

const rowsAtOnce = 1024;

export interface Predictions {
  /** The most likely class of each row as its index in `features.classes`: int32 [rows]. */
  predictions: Int32Array;
  /** float32 [rows, classes], row by row; each row sums to 1. */
  probabilities: Float32Array;
}

/**
 * Predicts raw rows. A column that the model was not trained with is ignored; the label may be missing. Where the model has
 * heads, a row gets a class of its own head, and the other classes' probabilities are 0.
 *
 * @param range rows to predict; all where it is left out
 * @param options.unknownHeads a row of a head that the model does not know is refused (default), or gets no class: -1, and
 *   probabilities of 0
 * @throws InvalidInput for a missing column, one of another kind, or an unknown head
 * @example const { predictions } = predict(learner.model, learner.features, table);
 */
export function predict(model: tf.LayersModel, features: Features, table: Table, range?: RowRange, { unknownHeads = 'refuse' }: { unknownHeads?: 'refuse' | 'none' } = {}): Predictions {
  const { heads } = features;
  const own = headsOf(features, table, range);
  if (heads && unknownHeads === 'refuse') own!.forEach((head, row) => head < 0 && refuseHead(heads.column, heads.names, (range?.from ?? 0) + row));
  const known = own?.map((head) => Math.max(0, head));
  const probabilities = forward(model, features, table, range, (logits, from) =>
    tf.softmax(heads ? withinHeads(logits, heads.classes, known!.subarray(from, from + logits.shape[0])) : logits));
  const classes = features.classes.length;
  const predictions = Int32Array.from({ length: probabilities.length / classes }, (_, row) => {
    const shares = probabilities.subarray(row * classes, (row + 1) * classes);
    if (own?.[row] !== -1) return argMax(shares);
    shares.fill(0);
    return -1;
  });
  return { predictions, probabilities };
}

function refuseHead(column: string, names: string[], row: number): never {
  throw new InvalidInput(`label.head ${column} has a value in row ${row} that the model does not know (it knows ${names.slice(0, 20).join(', ')}); it can only tell the classes of a head apart that it was trained with`);
}

/** The model's logits for raw rows: float32 [rows, classes], row by row. Like `predict` otherwise. */
export function logitsOf(model: tf.LayersModel, features: Features, table: Table, range?: RowRange): Float32Array {
  return forward(model, features, table, range, (logits) => logits);
}

function forward(model: tf.LayersModel, features: Features, table: Table, range: RowRange | undefined, of: (logits: tf.Tensor2D, from: number) => tf.Tensor): Float32Array {
  const rows = range ? range.to - range.from : table.rows;
  const x = standardise(features, encode(features, table, range));
  const classes = features.classes.length;
  const found = new Float32Array(rows * classes);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const part = tf.tidy(() => {
      const input = tf.tensor(x.subarray(from * features.width, to * features.width), [to - from, ...rowShape(model)]);
      return of(model.apply(input) as tf.Tensor2D, from).dataSync();
    });
    found.set(part, from * classes);
  }
  return found;
}

/** The place of the largest of some numbers. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
