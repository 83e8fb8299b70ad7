import { InvalidInput, SchemaMismatch } from '../../contracts';
import { readSnapshot } from '../../data';
import { duckdb, file, folder, pipeline, pulled, removeFolders } from './fixtures';

afterAll(removeFolders);
const day = (n: number): string => new Date(Date.UTC(2024, 0, 1 + n)).toISOString();
/** A CSV of a time, a label and the columns given, each a function of the row's number. */
function csv(rows: number, columns: Record<string, (n: number) => string | number>, from = 0): string {
  const lines = Array.from({ length: rows }, (_, i) => [day(from + i), ...Object.values(columns).map((value) => value(from + i)), (from + i) % 2].join());
  return file('a.csv', [['time', ...Object.keys(columns), 'label'].join(), ...lines, ''].join('\n'));
}
const kinds = (schema: { columns: { name: string; kind: string }[] }) => Object.fromEntries(schema.columns.map(({ name, kind }) => [name, kind]));

test('a column is a number where 95 of 100 values are, and all rows count', async () => {
  const path = csv(200, { mostly: (n) => (n >= 190 ? 'x' : n), partly: (n) => (n >= 189 ? 'x' : n), sparse: (n) => (n % 10 ? '' : 1), empty: () => '' });
  const { schema, extra, quarantined } = await pulled(path);
  expect(kinds(schema)).toEqual({ mostly: 'number', partly: 'category', sparse: 'number', label: 'category' });
  expect(extra).toEqual(['empty']); // nothing was seen in it
  expect(quarantined).toEqual({ 'mostly: not a number': 10 });
});

test('what the pipeline says of a type stands above what is found', async () => {
  const types = { code: 'category', empty: 'number' } as const;
  const { schema } = await pulled(csv(20, { code: (n) => n, empty: () => '' }), { pipeline: { ...pipeline, source: { ...pipeline.source, types } } });
  expect(kinds(schema)).toEqual({ code: 'category', empty: 'number', label: 'category' });
});

test('the held schema decides later: what no longer fits is set aside, new categories are not', async () => {
  const { schema } = await pulled(csv(50, { price: (n) => n, colour: () => 'red' }));
  const later = await pulled(csv(10, { price: (n) => (n === 55 ? 'x' : 'xx'), colour: (n) => `c${n}` }, 50), { schema });
  expect(later).toMatchObject({ rows: 0, quarantined: { 'price: not a number': 10 } });
  const unseen = await pulled(csv(10, { price: (n) => n, colour: (n) => `c${n}` }, 50), { schema });
  expect(unseen).toMatchObject({ rows: 10, quarantined: {} });
});

describe('columns come and go: the schema goes on to its next version', () => {
  const both = { price: (n: number) => n, colour: () => 'red' };
  const later = day(9);

  test('the same columns, in whatever order, are the same schema', async () => {
    const { schema } = await pulled(csv(10, both));
    expect((await pulled(csv(10, { colour: () => 'red', price: (n) => n }, 10), { schema })).schema).toEqual(schema);
  });

  test('a column more is taken in, with the kind that its values have; one without values tells nothing yet', async () => {
    const { schema } = await pulled(csv(10, both));
    const result = await pulled(csv(10, { wind: (n) => n / 2, sky: () => 'grey', empty: () => '', ...both }, 10), { schema });
    expect(result).toMatchObject({ rows: 10, extra: ['empty'], schema: { version: 2, time: 'time', label: 'label' } });
    expect(kinds(result.schema)).toEqual({ price: 'number', colour: 'category', label: 'category', wind: 'number', sky: 'category' });
    expect((await readSnapshot(result.parquet)).columns.wind).toEqual({ kind: 'number', values: Float64Array.from({ length: 10 }, (_, i) => 5 + i / 2) });
  });

  test('a column that the files of the new rows lack is gone, though older files have it', async () => {
    const old = csv(10, both);
    const { schema } = await pulled(old);
    const result = await pulled([old, csv(10, { colour: () => 'red' }, 10)], { schema, after: later });
    expect(result).toMatchObject({ rows: 10, quarantined: {}, schema: { version: 2 } });
    expect(kinds(result.schema)).toEqual({ colour: 'category', label: 'category' });
  });

  test('a column that some files of the new rows lack is missing there', async () => {
    const { schema } = await pulled(csv(10, both));
    const result = await pulled([csv(10, both, 10), csv(10, { colour: () => 'red' }, 20)], { schema });
    expect(result).toMatchObject({ rows: 20, schema });
    const { price } = (await readSnapshot(result.parquet)).columns;
    expect((price as { values: Float64Array }).values.filter(Number.isNaN)).toHaveLength(10);
  });

  test('without new rows nothing has changed, whatever the files have', async () => {
    const { schema } = await pulled(csv(10, both));
    expect(await pulled(csv(10, { colour: () => 'red' }), { schema, after: later })).toMatchObject({ rows: 0, schema });
  });

  test('a column that source.types names may go like any other', async () => {
    const types = { price: 'number' } as const;
    const typed = { pipeline: { ...pipeline, source: { ...pipeline.source, types } } };
    const { schema } = await pulled(csv(10, both), typed);
    expect(kinds((await pulled(csv(10, { colour: () => 'red' }, 10), { ...typed, schema })).schema)).toEqual({ colour: 'category', label: 'category' });
  });

  test('the label may not go', async () => {
    const { schema } = await pulled(csv(10, both));
    const path = file('a.csv', 'time,price,colour\n2024-02-01,1,red\n');
    await expect(pulled(path, { schema })).rejects.toThrow(`label.column names the column "label", which is not in ${path}`);
  });
});

test('a snapshot tells its own columns', async () => {
  const { parquet, schema } = await pulled(csv(10, { code: () => 'x', price: (n) => n, numbers: (n) => `c${n}` }));
  expect(await readSnapshot(parquet)).toEqual(await readSnapshot(parquet, schema));
});

test('a time or label column that is not there is named with those that are', async () => {
  const wrong = { source: { files: 'x', time: 'timestamp', types: {} }, label: { column: 'label' } };
  await expect(pulled(csv(5, {}), { pipeline: wrong })).rejects.toThrow(/source\.time names the column "timestamp".*it has: time, label.*Name one of these in source\.time/);
  await expect(pulled(csv(5, {}), { pipeline: { ...pipeline, label: { column: 'up' } } })).rejects.toThrow(/label\.column names the column "up"/);
});

test('a pipeline that contradicts the held schema is told so', async () => {
  const { schema } = await pulled(csv(10, { price: (n) => n, other: (n) => n }));
  const changed = { ...pipeline, source: { ...pipeline.source, types: { price: 'category' as const } } };
  await expect(pulled(csv(10, { price: (n) => n, other: (n) => n }), { schema, pipeline: changed })).rejects.toThrow(SchemaMismatch);
  await expect(pulled(csv(10, {}), { pipeline: { ...pipeline, label: { column: 'time' } } })).rejects.toThrow(InvalidInput);
});

test('times come as ISO 8601 with and without an offset, as dates and as epochs', async () => {
  const times = ['2024-01-01', '2024-01-01T01:00', '2024-01-01T04:00:00+02:00', '2024-01-01 03:00:00.0004Z', '2024-01-01T06:00+02', '1704085200', '1704088800000', '1704092400000000', '20240102', '20240102.0', '20240102010000', '20240102020000.0'];
  const result = await pulled(file('a.csv', `time,label\n${times.map((time, i) => `${time},${i}`).join('\n')}`));
  expect(result.quarantined).toEqual({});
  const table = await readSnapshot(result.parquet, result.schema);
  expect([...table.time].map((time) => (time - Date.UTC(2024, 0, 1)) / 3_600_000)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 24, 24, 25, 26]);
});

test('a time in a named zone moves no other', async () => {
  const texts = ['2024-01-01 00:00:00', '2024-01-01 03:00:00 Europe/Berlin', '2024-01-01 03:00:00', '2024-01-01 04:00', '2024/01/01 05:00:00.5', '2024-01-01T08:00:00+02:00', '2024-01-01 07:00:00 UTC', '2024-01-01T08:00Z'];
  const result = await pulled(file('a.csv', `time,label\n${texts.map((text, i) => `${text},${i}`).join('\n')}`));
  expect(result.quarantined).toEqual({});
  const { time } = await readSnapshot(result.parquet, result.schema);
  expect([...time].map((one) => (one - Date.UTC(2024, 0, 1)) / 3_600_000)).toEqual([0, 2, 3, 4, 5 + 0.5 / 3600, 6, 7, 8]);
});

test.each(['VARCHAR', 'BIGINT', 'DOUBLE'])('days and seconds without any marks between them are times in a column of %s too', async (type) => {
  const path = `${folder()}/a.parquet`;
  await duckdb(`COPY (SELECT unnest([20240501, 20240501080000, 1714550400000])::${type} AS time, unnest([1, 2, 3]) AS label) TO '${path}' (FORMAT parquet)`);
  const { parquet } = await pulled(path);
  expect([...(await readSnapshot(parquet)).time].map((time) => (time - Date.UTC(2024, 4, 1)) / 3_600_000)).toEqual([0, 8, 8]);
});

test('times that are none, or not of four-digit years, are set aside', async () => {
  const times = ['infinity', '2024-02-30', 'NaN', '1e300', '20241301', '20240230.0', '20241301080000', '20240230080000', '20240501250000', '12345-01-01', '2024-01-01T25:00', '99999999999999999999999', '05-06-24', '24/05/01 08:00', '124-05-01', 'epoch'];
  const result = await pulled(file('a.csv', `time,label\n2024-01-01,1\n${times.map((time) => `${time},1`).join('\n')}`));
  expect(result).toMatchObject({ rows: 1, quarantined: { 'time: not a time': times.length } });
});

test('Parquet types keep their meaning, and NaN there is a missing value', async () => {
  const path = `${folder()}/a.parquet`;
  await duckdb(`COPY (SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (i) HOUR AS time, i AS "c1", CASE WHEN i = 1 THEN 'NaN'::DOUBLE ELSE i / 2 END AS "c0",
    i::DECIMAL(9, 2) AS cents, i % 2 = 0 AS flag, (i % 3)::DOUBLE AS label, CASE WHEN i = 2 THEN 'inf'::DOUBLE ELSE 1 END AS t FROM range(5) r(i)) TO '${path}' (FORMAT parquet)`);
  const result = await pulled(path);
  expect(result.quarantined).toEqual({ 't: not finite': 1 });
  const table = await readSnapshot(result.parquet, result.schema);
  expect(table.time[1]).toBe(Date.UTC(2024, 0, 1, 1));
  expect(table.columns).toMatchObject({
    c1: { values: Float64Array.of(0, 1, 3, 4) }, c0: { values: Float64Array.of(0, NaN, 1.5, 2) }, cents: { kind: 'number' },
    flag: { levels: ['false', 'true'], codes: Int32Array.of(1, 0, 0, 1) }, label: { levels: ['0', '1'], codes: Int32Array.of(0, 1, 0, 1) },
  });
});

test('the classes 1.0 and 0.0 are 1 and 0 in every format, and the same rows give the same bytes', async () => {
  const path = `${folder()}/a.parquet`;
  await duckdb(`COPY (SELECT TIMESTAMP '2024-01-01' + i * INTERVAL 1 HOUR AS time, i / 4 AS x, (i % 2)::DOUBLE AS label FROM range(6) r(i)) TO '${path}' (FORMAT parquet)`);
  const rows = Array.from({ length: 6 }, (_, i) => [`2024-01-01T0${i}:00:00Z`, `${i / 4}`, `${i % 2}.0`]);
  const lines = {
    'a.csv': ['time,x,label', ...rows.map((row) => row.join())],
    'a.jsonl': rows.map(([time, x, label]) => `{"time":"${time}","x":${x},"label":${label}}`),
  };
  const { parquet, schema } = await pulled(path);
  expect((await readSnapshot(parquet)).columns.label).toEqual({ kind: 'category', levels: ['0', '1'], codes: Int32Array.of(0, 1, 0, 1, 0, 1) });
  for (const [name, text] of Object.entries(lines)) {
    const other = await pulled(file(name, text.join('\n')), { schema });
    expect(other).toMatchObject({ rows: 6, schema });
    expect(Buffer.from(other.parquet).equals(parquet)).toBe(true);
  }
});

test('the column of the heads is a category, and a row without a head is set aside', async () => {
  const withHead = { ...pipeline, label: { column: 'label', head: 'task' } };
  const { schema, rows, quarantined } = await pulled(csv(20, { price: (n) => n, task: (n) => (n === 7 ? '' : n % 3) }), { pipeline: withHead });
  expect(kinds(schema)).toEqual({ price: 'number', task: 'category', label: 'category' });
  expect({ rows, quarantined }).toEqual({ rows: 19, quarantined: { 'task: missing': 1 } });
  await expect(pulled(csv(20, { price: (n) => n }), { pipeline: withHead })).rejects.toThrow(/label\.head names the column "task", which is not in .*Name one of these in label\.head\. Files .* need the column too: add it there, or move them away from source\.files\./);
  await expect(pulled(csv(20, { price: (n) => n }), { pipeline: { ...pipeline, label: { column: 'label', head: 'time' } } })).rejects.toThrow('source.time and label.head are both "time"');
});

test('a column may be called like what every object has', async () => {
  const path = file('a.csv', 'time,constructor,label\n2024-01-01,red,a\n2024-01-02,blue,b\n');
  const { schema } = await pulled(path);
  expect((await pulled(path, { schema })).schema).toEqual(schema);
});
