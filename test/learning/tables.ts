import { pipelineSchema, type Column, type Pipeline, type PipelineInput, type Table } from '../../contracts';
import { Random } from '../../learning';

const halfHour = 1_800_000;

/** Numbers, one column; NaN is missing. */
export const numbers = (values: ArrayLike<number>): Column => ({ kind: 'number', values: Float64Array.from(values) });

/** Categories, one column; null is missing. */
export function categories(values: (string | null)[]): Column {
  const levels = [...new Set(values.filter((value) => value !== null))];
  return { kind: 'category', levels, codes: Int32Array.from(values, (value) => (value === null ? -1 : levels.indexOf(value))) };
}

/** Half-hours from 2024-01-01T00:00Z. */
export function tableOf(columns: Record<string, Column>): Table {
  const [first] = Object.values(columns);
  const rows = first!.kind === 'number' ? first!.values.length : first!.codes.length;
  return { rows, time: Float64Array.from({ length: rows }, (_, i) => Date.UTC(2024, 0, 1) + i * halfHour), columns };
}

/** Two numbers and a category that decide a class of two, with a shift of the first number and a seed. */
export function stream(rows: number, seed = 1, shift = 0): Table {
  const random = new Random(seed, 'stream');
  const [a, b, c, label]: [number[], number[], string[], number[]] = [[], [], [], []];
  for (let i = 0; i < rows; i++) {
    a.push(shift + 10 * random.uniform());
    b.push(random.uniform() - 0.5);
    c.push('xyz'[random.below(3)]!);
    label.push(a[i]! - shift + 8 * b[i]! + (c[i] === 'x' ? 2 : 0) > 5 ? 1 : 0);
  }
  return tableOf({ a: numbers(a), b: numbers(b), c: categories(c), label: numbers(label) });
}

/** A pipeline over `stream` with whatever learning and model a test is about. */
export function pipelineWith(learning: PipelineInput['learning'] = {}, model: PipelineInput['model'] = { mlp: [8] }): Pipeline {
  return pipelineSchema.parse({
    name: 'test',
    source: { files: 'rows.csv', time: 'time' },
    label: { column: 'label' },
    model,
    learning: { batch: 16, epochs: 2, scratchEpochs: 2, rate: 0.01, ...learning },
  });
}

export const bits = (files: Record<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]));
