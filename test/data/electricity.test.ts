import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { readSnapshot } from '../../data';
import { duckdb, elec2, elec2Pipeline, folder, pulled, removeFolders } from './fixtures';

afterAll(removeFolders);
const whole = (files: string) => pulled(files, { pipeline: elec2Pipeline });
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('the whole of Elec2 is read, typed and in order', async () => {
  const result = await whole(elec2);
  expect(result).toMatchObject({
    read: 45_312, rows: 45_312, duplicates: 0, quarantined: {}, extra: [], rejects: [],
    first: '1996-05-07T00:00:00.000Z', last: '1998-12-06T23:30:00.000Z',
  });
  expect(result.schema.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'nsw_price number', 'nsw_demand number', 'vic_price number', 'vic_demand number', 'transfer number', 'up category',
  ]);
  const table = await readSnapshot(result.parquet, result.schema);
  expect(table.rows).toBe(45_312);
  expect(table.time[1]).toBe(Date.UTC(1996, 4, 7, 0, 30));
  expect(table.time.every((time, i) => i === 0 || time >= table.time[i - 1]!)).toBe(true);
  expect(table.columns.nsw_price).toMatchObject({ kind: 'number' });
  expect(table.columns.nsw_price!.kind === 'number' && [...table.columns.nsw_price!.values.subarray(0, 2)]).toEqual([0.056443, 0.051699]);
  expect(table.columns.up).toMatchObject({ kind: 'category', levels: ['0', '1'] });
});

test('CSV, Parquet and JSON lines of the same rows give the same bytes', async () => {
  const into = folder();
  const source = `(SELECT * FROM read_csv('${elec2}', all_varchar = true) LIMIT 3000)`;
  const typed = `(SELECT time::TIMESTAMP AS time, nsw_price::DOUBLE AS nsw_price, nsw_demand::DOUBLE AS nsw_demand, vic_price::DOUBLE AS vic_price,
    vic_demand::DOUBLE AS vic_demand, transfer::DOUBLE AS transfer, up::INTEGER AS up FROM ${source})`;
  await duckdb(`COPY ${source} TO '${into}/a.csv' (HEADER)`);
  await duckdb(`COPY ${source} TO '${into}/b.csv.gz' (HEADER, COMPRESSION gzip)`);
  await duckdb(`COPY ${typed} TO '${into}/c.parquet' (FORMAT parquet)`);
  await duckdb(`COPY (SELECT * REPLACE (up::DOUBLE AS up) FROM ${typed}) TO '${into}/d.parquet' (FORMAT parquet)`);
  const csv = await whole(join(into, 'a.csv'));
  // Keys of JSON have no order of their own; the schema that the CSV gave does.
  await duckdb(`COPY ${typed} TO '${into}/e.jsonl' (FORMAT json)`);
  const json = await pulled(join(into, 'e.jsonl'), { pipeline: elec2Pipeline, schema: csv.schema });
  const others = [await whole(join(into, 'b.csv.gz')), await whole(join(into, 'c.parquet')), await whole(join(into, 'd.parquet')), json];
  for (const other of others) {
    expect(other.schema).toEqual(csv.schema);
    expect(digest(other.parquet)).toBe(digest(csv.parquet));
  }
});

test('the same rows give the same bytes in another process', async () => {
  const program = `require(${JSON.stringify(resolve(__dirname, '../../data'))})
    .pull({ pipeline: ${JSON.stringify(elec2Pipeline)}, files: [${JSON.stringify(elec2)}], after: null, until: null, schema: null })
    .then((result) => process.stdout.write(require('node:crypto').createHash('sha256').update(result.parquet).digest('hex')))`;
  const elsewhere = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect(digest((await whole(elec2)).parquet)).toBe(elsewhere);
});

test('a period begins after the cursor and ends before its end', async () => {
  const period = { pipeline: elec2Pipeline, after: '1996-05-07T00:00:00.000Z', until: '1996-05-07T02:00:00.000Z' };
  const result = await pulled(elec2, period);
  expect(result).toMatchObject({ rows: 3, first: '1996-05-07T00:30:00.000Z', last: '1996-05-07T01:30:00.000Z' });
  // The same moments with an offset, and without any, which means UTC.
  const offset = await pulled(elec2, { ...period, after: '1996-05-07T02:00:00+02:00', until: '1996-05-07T02:00' });
  expect(digest(offset.parquet)).toBe(digest(result.parquet));
});

test('periods that follow each other hold each row once', async () => {
  const first = await pulled(elec2, { pipeline: elec2Pipeline, until: '1997-05-05T00:00:00Z' });
  const rest = await pulled(elec2, { pipeline: elec2Pipeline, after: first.last, schema: first.schema });
  expect(first.rows + rest.rows).toBe(45_312);
  expect(Date.parse(rest.first!)).toBeGreaterThan(Date.parse(first.last!));
});

test('a period without rows is a snapshot of 0 rows', async () => {
  const { schema } = await whole(elec2);
  const result = await pulled(elec2, { pipeline: elec2Pipeline, after: '2020-01-01T00:00:00Z', schema });
  expect(result).toMatchObject({ read: 0, rows: 0, first: null, last: null });
  const table = await readSnapshot(result.parquet, schema);
  expect(table.rows).toBe(0);
  expect(table.columns.up).toEqual({ kind: 'category', levels: [], codes: new Int32Array(0) });
});
