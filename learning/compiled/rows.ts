import * as tf from '@tensorflow/tfjs';
import { leaves, refill, type Tensors } from './tensors';

/** Row numbers for all inputs, or for each top-level input by its name. */
export type Rows = Int32Array | Record<string, Int32Array>;

/**
 * Which list of row numbers each tensor of the nest goes by, and how many rows a step takes from it.
 * @throws RangeError where numbers and steps do not fit, or a row is not there: a failing run would leak its inputs
 */
export function groupsOf(data: Tensors, rows: Rows, steps: number) {
  const byName = rows instanceof Int32Array ? undefined : Object.keys(rows);
  const lists = byName ? byName.map((name) => (rows as Record<string, Int32Array>)[name]!) : [rows as Int32Array];
  const groups = leaves(data).map(({ path, tensor }) => {
    const group = byName ? byName.indexOf(path[0] ?? '') : tensor.rank > 0 ? 0 : -1;
    return group < 0 ? undefined : group;
  });
  const batches = lists.map((list, g) => {
    const batch = list.length / steps;
    if (!Number.isInteger(batch) || batch === 0) throw new RangeError(`${list.length} row numbers cannot be shared out among ${steps} steps`);
    const sizes = leaves(data).flatMap(({ tensor }, i) => (groups[i] === g ? [tensor.shape[0] ?? 0] : []));
    const size = Math.min(...sizes);
    for (const row of list) if (row < 0 || row >= size) throw new RangeError(`row ${row} is not there: the data has ${size} rows`);
    return batch;
  });
  return { groups, lists, batches };
}

/** The rows of one step, as tensors of their own. */
export function rowsOf(data: Tensors, groups: (number | undefined)[], lists: Int32Array[]): { nest: Tensors; dispose(): void } {
  const made: tf.Tensor[] = [];
  const tensors = leaves(data).map(({ tensor }, i) => {
    const group = groups[i];
    if (group === undefined) return tensor;
    const index = tf.tensor1d(lists[group]!, 'int32');
    const picked = tf.gather(tensor, index);
    index.dispose();
    made.push(picked);
    return picked;
  });
  return { nest: refill(data, tensors), dispose: () => tf.dispose(made) };
}
