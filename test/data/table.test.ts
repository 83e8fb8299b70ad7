import { CorruptArtifact, SchemaMismatch, type Table } from '../../contracts';
import { concatTables, readSnapshot, sliceTable, withColumns } from '../../data';
import { file, pulled, removeFolders } from './fixtures';

afterAll(removeFolders);
const csv = (from: number, levels: string[]): string =>
  file('a.csv', `time,x,colour,label\n${levels.map((level, i) => `2024-01-${10 + from + i},${from + i},${level},yes`).join('\n')}\n`);

test('tables that are joined equal the table read at once', async () => {
  const [a, b] = [csv(0, ['red', 'zebra', 'é', '😀']), csv(4, ['blue', '', '\uffee', 'red'])];
  const { schema, parquet } = await pulled([a, b]);
  const parts = await Promise.all([a, b].map(async (path) => readSnapshot((await pulled(path, { schema })).parquet, schema)));
  expect(concatTables(parts)).toEqual(await readSnapshot(parquet, schema));
});

test('a slice is a view of its rows', () => {
  const table: Table = {
    rows: 3, time: Float64Array.of(1, 2, 3),
    columns: { x: { kind: 'number', values: Float64Array.of(4, 5, 6) }, c: { kind: 'category', levels: ['a'], codes: Int32Array.of(0, -1, 0) } },
  };
  const slice = sliceTable(table, { from: 1, to: 3 });
  expect(slice).toEqual({
    rows: 2, time: Float64Array.of(2, 3),
    columns: { x: { kind: 'number', values: Float64Array.of(5, 6) }, c: { kind: 'category', levels: ['a'], codes: Int32Array.of(-1, 0) } },
  });
  expect(slice.time.buffer).toBe(table.time.buffer);
  expect(sliceTable(table, { from: 3, to: 3 }).rows).toBe(0);
  expect(() => sliceTable(table, { from: 2, to: 4 })).toThrow(RangeError);
});

test('tables of other columns or kinds are not joined', () => {
  const one: Table = { rows: 1, time: Float64Array.of(1), columns: { x: { kind: 'number', values: Float64Array.of(1) } } };
  const other: Table = { rows: 1, time: Float64Array.of(1), columns: { x: { kind: 'category', levels: ['a'], codes: Int32Array.of(0) } } };
  expect(() => concatTables([one, { ...one, columns: {} }])).toThrow(SchemaMismatch);
  expect(() => concatTables([one, other])).toThrow(/"x" is a number in one and a category in another/);
  expect(concatTables([])).toEqual({ rows: 0, time: new Float64Array(0), columns: {} });
});

test('a table can be given just the columns that are wanted: those it has not are empty', () => {
  const one: Table = { rows: 2, time: Float64Array.of(1, 2), columns: { x: { kind: 'number', values: Float64Array.of(1, 2) }, y: { kind: 'number', values: Float64Array.of(3, 4) } } };
  expect(withColumns(one, [{ name: 'wind', kind: 'number' }, { name: 'sky', kind: 'category' }, { name: 'x', kind: 'number' }])).toEqual({
    rows: 2, time: one.time,
    columns: { wind: { kind: 'number', values: Float64Array.of(NaN, NaN) }, sky: { kind: 'category', levels: [], codes: Int32Array.of(-1, -1) }, x: one.columns.x },
  });
  expect(withColumns(one, [{ name: 'x', kind: 'category' }]).columns).toEqual({ x: { kind: 'category', levels: [], codes: Int32Array.of(-1, -1) } });
});

test('bytes that are no snapshot, or not of this schema, are refused', async () => {
  const { schema, parquet } = await pulled(csv(0, ['red']));
  await expect(readSnapshot(parquet.subarray(0, 200), schema)).rejects.toThrow(CorruptArtifact);
  const wider = { ...schema, columns: [...schema.columns, { name: 'wind', kind: 'number' as const }] };
  await expect(readSnapshot(parquet, wider)).rejects.toThrow(/no column wind/);
});
