import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CategoryColumn, Column, ModelSpec, Table } from '../../contracts';
import { pull, readSnapshot } from '../../data';
import type { FeatureSpec } from '../../learning';
import { mnistFolder } from '../training/mnist';

/** Rows to learn from, and rows to judge by that are never learned from. */
export interface Data {
  name: string;
  note: string;
  spec: FeatureSpec;
  learned: Table;
  held: Table;
  batch: number;
  epochs: number;
}

export const mlp = (...units: number[]): ModelSpec => ({ mlp: units, activation: 'relu', dropout: 0 });

const pixels = 28 * 28;
export const pixelName = (i: number): string => `p${String(i).padStart(3, '0')}`;

/** Some of MNIST's training set, judged by every second image of its test set, whose halves are not equally hard. */
export function mnist(): Data {
  return {
    name: 'MNIST',
    note: 'its first 40,000 training images, judged by every second test image',
    spec: { label: 'digit', exclude: [], cycles: [], scaler: 'shared' },
    learned: images('train', 40_000, 1),
    held: images('t10k', 5_000, 2),
    batch: 128,
    epochs: 8,
  };
}

function images(set: string, rows: number, each: number): Table {
  const file = (kind: string): Buffer => readFileSync(join(mnistFolder(), `${set}-${kind}`));
  const [bytes, digits] = [file('images-idx3-ubyte').subarray(16), file('labels-idx1-ubyte').subarray(8)];
  const column = (pixel: number): Column => ({ kind: 'number', values: Float64Array.from({ length: rows }, (_, row) => bytes[each * row * pixels + pixel]!) });
  const label: Column = { kind: 'category', levels: Array.from('0123456789'), codes: Int32Array.from({ length: rows }, (_, row) => digits[each * row]!) };
  return {
    rows,
    time: Float64Array.from({ length: rows }, (_, row) => row),
    columns: Object.fromEntries([...Array.from({ length: pixels }, (_, i) => [pixelName(i), column(i)] as const), ['digit', label] as const]),
  };
}

const week = 7 * 48;

/** The demo's whole stream; every fifth week is held out, since neighbouring rows are alike. */
export async function electricity(): Promise<Data> {
  const file = resolve(__dirname, '../../../examples/electricity/elec2.csv.gz');
  const pipeline = { source: { files: file, time: 'time', types: {} }, label: { column: 'up' } };
  const { parquet, schema } = await pull({ pipeline, files: [file], after: null, until: null, schema: null });
  const table = await readSnapshot(parquet, schema);
  const isHeld = (row: number): boolean => Math.floor(row / week) % 5 === 4;
  return {
    name: 'electricity',
    note: "the demo's stream, judged by every fifth week, which is held out",
    spec: { label: 'up', exclude: [], cycles: ['day', 'week'], scaler: 'running' },
    learned: rowsWhere(table, (row) => !isHeld(row)),
    held: rowsWhere(table, isHeld),
    batch: 64,
    epochs: 10,
  };
}

/** Some rows of a table. */
export function rowsWhere(table: Table, is: (row: number) => boolean): Table {
  const rows = Int32Array.from(table.time.keys()).filter(is);
  const picked = (column: Column): Column =>
    column.kind === 'number' ? { kind: 'number', values: Float64Array.from(rows, (row) => column.values[row]!) } : { ...column, codes: rows.map((row) => column.codes[row]!) };
  return {
    rows: rows.length,
    time: Float64Array.from(rows, (row) => table.time[row]!),
    columns: Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, picked(column)])),
  };
}

/** The rows of all classes but one. */
export function without(table: Table, label: string, name: string): Table {
  const { levels, codes } = table.columns[label] as CategoryColumn;
  return rowsWhere(table, (row) => levels[codes[row]!] !== name);
}
