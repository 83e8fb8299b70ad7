import * as tf from '@tensorflow/tfjs';
import { InvalidInput, type RowRange, type Table } from '../contracts';
import { CannotCompile, compileInDouble } from './compiled';
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

/** The same in float64, where the model can be computed so; in float32 where not. */
export function exactLogitsOf(model: tf.LayersModel, features: Features, table: Table, range?: RowRange): Float64Array {
  const inDouble = compiled(model);
  if (!inDouble) return Float64Array.from(logitsOf(model, features, table, range));
  try {
    const found = new Float64Array(rowsIn(table, range) * features.classes.length);
    forEachPart(model, features, table, range, (x, from) => found.set(inDouble(x), from * features.classes.length));
    return found;
  } finally {
    inDouble.dispose();
  }
}

function compiled(model: tf.LayersModel): ReturnType<typeof compileInDouble> | null {
  try {
    return compileInDouble(model);
  } catch (error) {
    if (error instanceof CannotCompile) return null;
    throw error;
  }
}

function forward(model: tf.LayersModel, features: Features, table: Table, range: RowRange | undefined, of: (logits: tf.Tensor2D, from: number) => tf.Tensor): Float32Array {
  const classes = features.classes.length;
  const found = new Float32Array(rowsIn(table, range) * classes);
  forEachPart(model, features, table, range, (x, from) => found.set(of(model.apply(x) as tf.Tensor2D, from).dataSync<'float32'>(), from * classes));
  return found;
}

/** Visits encoded rows, some at a time. Within `tf.tidy`. @param visit gets the model's input and the number of its first row */
function forEachPart(model: tf.LayersModel, features: Features, table: Table, range: RowRange | undefined, visit: (x: tf.Tensor, from: number) => void): void {
  const rows = rowsIn(table, range);
  const x = standardise(features, encode(features, table, range));
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    tf.tidy(() => visit(tf.tensor(x.subarray(from * features.width, to * features.width), [to - from, ...rowShape(model)]), from));
  }
}

const rowsIn = (table: Table, range: RowRange | undefined): number => (range ? range.to - range.from : table.rows);

/** The place of the largest of some numbers. */
export function argMax(values: Float32Array | Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
