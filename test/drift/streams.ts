import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CategoryColumn, NumberColumn, Table } from '../../contracts';

/** The electricity stream. */
export const readElec2 = () => readStream('examples/electricity/elec2.csv.gz');
/** The stream without drift. */
export const readControl = () => readStream('examples/control/sea_stream.csv.gz');

/** A table of the file: time first, then numbers, and the label last, as categories. */
function readStream(path: string): Table {
  const text = gunzipSync(readFileSync(resolve(path))).toString();
  const [header, ...lines] = text.trim().split('\n').map((line) => line.trim().split(','));
  const names = header!.slice(1, -1);
  const columns: Table['columns'] = Object.fromEntries(names.map((name, i) => [name, numbers(lines.map((line) => Number(line[i + 1])))]));
  columns[header!.at(-1)!] = categories(lines.map((line) => line.at(-1)!));
  return { rows: lines.length, time: Float64Array.from(lines, ([time]) => Date.parse(`${time}Z`)), columns };
}

/** A number column; NaN is missing. */
export function numbers(values: ArrayLike<number>): NumberColumn {
  return { kind: 'number', values: Float64Array.from(values) };
}

/** A category column; null is missing. */
export function categories(values: readonly (string | null)[], levels = [...new Set(values)].filter((v) => v !== null).sort()): CategoryColumn {
  return { kind: 'category', levels, codes: Int32Array.from(values, (value) => (value === null ? -1 : levels.indexOf(value))) };
}
