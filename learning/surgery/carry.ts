import { translate, type Features } from '../features';
import type { StrategyState } from '../learner';
import { pack, unpack } from '../memory';
import type { OptimizerState } from '../optimizer';
import type { NamedArray, NamedArrays } from '../tensors-file';
import { moveMoment, moveWeight } from './move';
import type { Operation, Transfer } from './operation';

/** tf.js begins Adagrad's sums so. */
const beginnings: Record<string, number> = { accumulator: 0.1 };
/** Strategies' tensors that are weights themselves, by the first part of their name: what is new in them is as in the model. */
const likeWeights = ['anchor', 'before', 'head'];

/**
 * The optimizer's state, by the names of the new model's weights. Moments follow their weight; those of new parts begin as
 * in a new optimizer, of new weights they are left out. The step count stays, so Adam takes the zeros for settled
 * moments and its first steps on new parts are up to three times too long: `learning.warmup` makes up for it.
 */
export function carryOptimizer(optimizer: OptimizerState | null, { transfers }: Operation): OptimizerState | null {
  if (!optimizer) return null;
  const arrays: NamedArrays = {};
  for (const [key, array] of Object.entries(optimizer.arrays)) {
    if (!key.includes('/')) arrays[key] = array;
    for (const transfer of transfers.filter(({ source }) => source && key.startsWith(`${source.name}/`))) {
      const slot = key.slice(transfer.source!.name.length + 1);
      const values = moveMoment(transfer, array, beginnings[slot]);
      if (values) arrays[`${transfer.weight.name}/${slot}`] = { shape: transfer.weight.variable.shape, values };
    }
  }
  return { ...optimizer, arrays };
}

/**
 * What the strategy carries. `<what>/<weight>` follows its weight: as weights do where it is one (`anchor`, `before`,
 * `head`), else as moments do. Tensors that belong to no weight stay where the head takes what it took before, and
 * single numbers always.
 *
 * @param weights the new model's, as they are now
 */
export function carryTensors(tensors: NamedArrays, operation: Operation, weights: NamedArrays, seed: number): NamedArrays {
  const carried: NamedArrays = {};
  for (const [key, array] of Object.entries(tensors)) {
    if (!lives(key, array, operation)) continue;
    const transfer = leaderOf(key, operation);
    if (!transfer) {
      carried[key] = array;
      continue;
    }
    const { name, variable } = transfer.weight;
    const what = key.slice(0, key.length - transfer.source!.name.length - 1);
    const values = isWeight(what) ? moveWeight({ ...transfer, begin: 'random' }, array, weights[name]!.values as Float32Array, seed) : moveMoment(transfer, array)!;
    carried[`${what}/${name}`] = { shape: variable.shape, values };
  }
  return carried;
}

/** Names of the strategy's tensors that nothing is carried of. */
export const droppedTensors = (tensors: NamedArrays, operation: Operation): string[] =>
  Object.entries(tensors).flatMap(([key, array]) => (lives(key, array, operation) ? [] : [key]));

function lives(key: string, { values }: NamedArray, operation: Operation): boolean {
  if (leaderOf(key, operation)) return true;
  if (operation.dropped.some(({ name }) => key.endsWith(`/${name}`))) return false;
  return operation.sameFeatures || values.length === 1;
}

/** The transfer of the weight that a strategy's tensor belongs to. A weight that begins anew has none. */
function leaderOf(key: string, { transfers, dropped }: Operation): Transfer | undefined {
  const sources = transfers.flatMap(({ source }) => source ?? []);
  // `block/h1/kernel` ends with the name of `h1/kernel` too.
  const [longest] = [...sources, ...dropped].filter(({ name }) => key.endsWith(`/${name}`)).sort((a, b) => b.name.length - a.name.length);
  return longest && transfers.find(({ source }) => source === longest);
}

const isWeight = (what: string): boolean => likeWeights.includes(what.split('/')[0]!);

/**
 * The memory's rows as the new features encode them. They were kept before the new classes were known, so that they are of none
 * of them: beside them goes the least of the logits that the row has for the others. (What the new biases begin with would
 * hold old rows to the new classes.)
 */
export function carryMemory(memory: NonNullable<StrategyState['memory']>, before: Features, after: Features): NamedArrays {
  const x = unpack('x', memory)!;
  const values = translate(before, after, x.values);
  const compressed = memory.x === undefined;
  const others = Object.fromEntries(Object.entries(memory).filter(([name]) => name !== 'x' && !name.startsWith('x.')));
  const rows = values === x.values ? Object.fromEntries(Object.entries(memory).filter(([name]) => !(name in others))) : pack('x', { shape: [x.shape[0]!, after.width], values }, compressed);
  const carried: NamedArrays = { ...rows, ...others };
  const logits = memory['kept/logits'];
  if (logits && logits.shape[1] === before.classes.length) carried['kept/logits'] = widened(logits, after.classes.length);
  for (const name of ['seen', 'full']) carried[name] = padded(memory[name]!, after.classes.length);
  return carried;
}

function padded({ values }: NamedArray, size: number): NamedArray {
  const more = values.constructor as new (length: number) => typeof values;
  const all = new more(size);
  all.set(values);
  return { shape: [size], values: all };
}

/** Each row with its least number in further columns. */
function widened({ shape, values }: NamedArray, width: number): NamedArray {
  const [rows, had] = shape as [number, number];
  const all = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * had, (row + 1) * had) as Float32Array;
    all.set(own, row * width);
    all.fill(Math.min(...own), row * width + had, (row + 1) * width);
  }
  return { shape: [rows, width], values: all };
}
