import { InvalidInput, type RowRange, type Table } from '../../contracts';
import { columnOf, labelNames } from './columns';
import { widthOf } from './fit';
import { scaleOf } from './statistics';
import type { Cycle, Features, Input } from './types';

/**
 * Rows as the model's inputs before scaling: numbers relative to their column's fixed origin (0 where missing),
 * categories one-hot, cycles as sine and cosine. It does not depend on the running statistics, so what is kept of it
 * (a replay memory) outlives their updates. A column that is held constant need not be there.
 *
 * @returns float32 [rows, features.width]
 * @throws InvalidInput for a missing column, or one of another kind
 */
export function encode(features: Features, table: Table, range: RowRange = { from: 0, to: table.rows }): Float32Array {
  const encoded = new Float32Array((range.to - range.from) * features.width);
  let offset = 0;
  for (const input of features.inputs) {
    const write = writer(input, table);
    for (let row = range.from, at = offset; row < range.to; row++, at += features.width) write(encoded, at, row);
    offset += widthOf(input);
  }
  return encoded;
}

/** Encoded rows scaled by the features' statistics: (value - mean) / sd for numbers; the rest as it is. A new array. */
export function standardise(features: Features, encoded: Float32Array): Float32Array {
  const { mean, scale } = scaling(features);
  const scaled = new Float32Array(encoded.length);
  for (let i = 0; i < encoded.length; i++) {
    const input = i % features.width;
    scaled[i] = (encoded[i]! - mean[input]!) / scale[input]!;
  }
  return scaled;
}

/** The mean and scale of each of the model's inputs, in the units of `encode`. */
export function scaling(features: Features): { mean: Float64Array; scale: Float64Array } {
  const { width, shared } = features;
  if (shared) return { mean: new Float64Array(width).fill(shared.mean), scale: new Float64Array(width).fill(shared.sd) };
  const [mean, scale] = [new Float64Array(width), new Float64Array(width).fill(1)];
  let offset = 0;
  for (const input of features.inputs) {
    if (input.kind === 'number') {
      mean[offset] = input.mean - input.origin;
      scale[offset] = scaleOf(input);
    }
    offset += widthOf(input);
  }
  return { mean, scale };
}

/**
 * The class of each row as its index in `features.classes`: int32 [rows].
 *
 * @throws InvalidInput for a row without a label, or with a class that was not there when the features were fitted
 */
export function labels(features: Features, table: Table, range: RowRange = { from: 0, to: table.rows }): Int32Array {
  const indices = new Map(features.classes.map((name, index) => [name, index]));
  const found = new Int32Array(range.to - range.from);
  let row = 0;
  for (const name of labelNames(table, features.label, range)) {
    const index = indices.get(name);
    if (index === undefined) {
      throw new InvalidInput(
        `label.column ${features.label} has the class ${name}, which the model does not know (it knows ${features.classes.slice(0, 20).join(', ')}); ` +
          'train from scratch with learning.mode: stateless, or leave these rows out',
      );
    }
    found[row++] = index;
  }
  return found;
}

type Write = (encoded: Float32Array, at: number, row: number) => void;

function writer(input: Input, table: Table): Write {
  if (input.held) return missing(input);
  if (input.kind === 'number') {
    const { values } = columnOf(table, input.column, 'number');
    return (encoded, at, row) => {
      const missing = Number.isNaN(values[row]!);
      encoded[at] = missing ? 0 : values[row]! - input.origin;
      if (input.indicator) encoded[at + 1] = missing ? 1 : 0;
    };
  }
  if (input.kind === 'category') {
    const { codes, levels } = columnOf(table, input.column, 'category');
    const unknown = input.levels.length;
    const positions = levels.map((level) => (input.levels.includes(level) ? input.levels.indexOf(level) : unknown));
    return (encoded, at, row) => {
      encoded[at + (positions[codes[row]!] ?? unknown)] = 1;
    };
  }
  const phase = phases[input.cycle];
  return (encoded, at, row) => {
    const angle = 2 * Math.PI * phase(table.time[row]!);
    encoded[at] = Math.sin(angle);
    encoded[at + 1] = Math.cos(angle);
  };
}

/** What a value that is missing is encoded as: the origin, the unknown level; of a cycle its middle. */
function missing(input: Input): Write {
  return (encoded, at) => {
    if (input.kind === 'number' && input.indicator) encoded[at + 1] = 1;
    if (input.kind === 'category') encoded[at + input.levels.length] = 1;
  };
}

const day = 86_400_000;
/** Where in its cycle a moment is, 0..1, in UTC. The week begins on Thursday, like the era; the model does not mind. */
const phases: Record<Cycle, (time: number) => number> = {
  day: (time) => (time % day) / day,
  week: (time) => (time % (7 * day)) / (7 * day),
  year: (time) => {
    const year = new Date(time).getUTCFullYear();
    const [start, end] = [Date.UTC(year, 0), Date.UTC(year + 1, 0)];
    return (time - start) / (end - start);
  },
};
