import * as tf from '@tensorflow/tfjs';
import { leaves, refill, type Tensors } from './tensors';

/** Row numbers for all inputs, or for each top-level input by its name. */
export type Rows = Int32Array | Record<string, Int32Array>;

/** Where the rows of each of a step's inputs come from. */
export interface Sources {
  /** Which list of row numbers picks them; undefined where the input stays as it is. */
  groups: (number | undefined)[];
  /** Which of the data's distinct tensors they are picked from: the same one may stand at several places. */
  residents: (number | undefined)[];
}

export function sourcesOf(tensors: readonly tf.Tensor[], groups: Sources['groups']): Sources {
  const numbers = new Map<object, number>();
  const residents = tensors.map(({ dataId }, i) => {
    if (groups[i] === undefined) return undefined;
    if (!numbers.has(dataId)) numbers.set(dataId, numbers.size);
    return numbers.get(dataId);
  });
  return { groups, residents };
}

/**
 * Where each tensor's rows come from, and how many rows a step takes by each list of numbers.
 * @throws RangeError where numbers and steps do not fit, or a row is not there: a failing run would leak its inputs
 */
export function pick(data: Tensors, rows: Rows, steps: number) {
  const byName = rows instanceof Int32Array ? undefined : Object.keys(rows);
  const lists = byName ? byName.map((name) => (rows as Record<string, Int32Array>)[name]!) : [rows as Int32Array];
  const places = leaves(data);
  const groups = places.map(({ path, tensor }) => {
    const group = byName ? byName.indexOf(path[0] ?? '') : tensor.rank > 0 ? 0 : -1;
    return group < 0 ? undefined : group;
  });
  const batches = lists.map((list, g) => {
    const batch = list.length / steps;
    if (!Number.isInteger(batch) || batch === 0) throw new RangeError(`${list.length} row numbers cannot be shared out among ${steps} steps`);
    const sizes = places.flatMap(({ tensor }, i) => (groups[i] === g ? [tensor.shape[0] ?? 0] : []));
    if (sizes.length === 0) throw new RangeError(`no input has rows for the numbers${byName ? ` of ${byName[g]}` : ''}`);
    const size = Math.min(...sizes);
    for (const row of list) if (row < 0 || row >= size) throw new RangeError(`row ${row} is not there: the data has ${size} rows`);
    return batch;
  });
  return { sources: sourcesOf(places.map(({ tensor }) => tensor), groups), lists, batches };
}

/** The rows of one step, as tensors of their own. */
export function rowsOf(data: Tensors, { groups }: Pick<Sources, 'groups'>, lists: Int32Array[]): { nest: Tensors; dispose(): void } {
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
