import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SourceUnreadable } from '../../contracts';
import { readSnapshot } from '../../data';
import { duckdb, elec2, file, folder, pulled, removeFolders } from './fixtures';

afterAll(removeFolders);
const rows = 'time,label\n2024-01-01,a\n2024-01-02,b\n';

async function refusal(path: string | string[]): Promise<string> {
  const error = await pulled(path).then(() => 'it was read', (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SourceUnreadable);
  expect((error as Error).message).not.toContain('\n');
  return (error as Error).message;
}

test('a file or glob that is not there is named, with the cure', async () => {
  expect(await refusal('/nowhere/a.csv')).toMatch(/"\/nowhere\/a\.csv" matches no file.*Check the path/);
  expect(await refusal(join(folder(), '*.csv'))).toMatch(/\*\.csv" matches no file/);
  expect(await refusal(folder())).toMatch(/is a folder.*\/\*\.csv/);
  expect(await refusal('https://example.org/a.csv')).toMatch(/names an address, not a local file/);
  expect(await refusal([])).toMatch(/names no file/);
});

test('what is not what its name says is refused', async () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  expect(await refusal(file('picture.csv', png))).toMatch(/picture\.csv is not text in UTF-8/);
  expect(await refusal(file('picture.parquet', png))).toMatch(/cannot be read as Parquet/);
  expect(await refusal(file('empty.csv', ''))).toMatch(/is empty/);
  expect(await refusal(file('a.xlsx', rows))).toMatch(/does not tell its format. Set source\.format/);
  expect(await refusal(file('a.csv', 'time,label,LABEL\n'))).toMatch(/two columns are called "LABEL"/);
  expect(await refusal(file('a.jsonl', '{"time":0,"label":1}\n{"time":1,"Label":1}'))).toMatch(/two columns are called "label"/);
  expect(await refusal([file('a.csv', rows), file('b.jsonl', '{}')])).toMatch(/several formats \(csv, jsonl\)/);
});

test('a file that was cut off is refused, never half read', async () => {
  const whole = readFileSync(elec2);
  expect(await refusal(file('a.csv.gz', whole.subarray(0, whole.length >> 1)))).toMatch(/cannot be unpacked as gzip: unexpected end of file/);
  const spoilt = Buffer.from(whole);
  spoilt[spoilt.length - 6]! ^= 1;
  expect(await refusal(file('a.csv.gz', spoilt))).toMatch(/cannot be unpacked as gzip/);
  const path = join(folder(), 'a.parquet');
  await duckdb(`COPY (SELECT i AS time, i AS label FROM range(10000) r(i)) TO '${path}' (FORMAT parquet)`);
  const parquet = readFileSync(path);
  expect(await refusal(file('b.parquet', parquet.subarray(0, parquet.length - 100)))).toMatch(/cannot be read as Parquet/);
  parquet.fill(0x55, 50, 400);
  expect(await refusal(file('c.parquet', parquet))).toMatch(/c\.parquet cannot be read/);
});

test('a name is understood in capitals too', async () => {
  expect(await pulled(file('A.CSV.GZ', gzipSync(rows)))).toMatchObject({ rows: 2, quarantined: {} });
});

test('globs take their files by name, and a name that looks like a glob or holds a quote is a name', async () => {
  const into = folder();
  mkdirSync(join(into, 'deep'));
  for (const name of ["it's [1]*.csv", 'b.csv', 'deep/c.csv']) {
    writeFileSync(join(into, name), rows.replaceAll('2024', String(2000 + name.length)));
  }
  expect(await pulled(join(into, "it's [1]*.csv"))).toMatchObject({ rows: 2, first: '2013-01-01T00:00:00.000Z' });
  expect(await pulled(join(into, '*.csv'))).toMatchObject({ rows: 4 });
  expect(await pulled(join(into, '**/*.csv'))).toMatchObject({ rows: 6, first: '2005-01-01T00:00:00.000Z' });
});

test.each(['date=2024-05-02', 'region=VIC', 'model=7', 'f1=7'].flatMap((name) => ['parquet', 'csv'].map((format) => [name, format])))(
  'a folder called %s neither replaces nor adds a column of the %s files in it',
  async (name, format) => {
    const into = join(folder(), name!);
    mkdirSync(into);
    await duckdb(`COPY (SELECT TIMESTAMP '2024-05-01 08:00' + i * INTERVAL 1 HOUR AS date, 'nsw' AS region, i AS x, 'a' AS label FROM range(3) r(i))
      TO '${join(into, `a.${format}`)}' (FORMAT ${format})`);
    const { schema, parquet, ...result } = await pulled(join(into, `*.${format}`), { pipeline: { source: { files: 'x', time: 'date', types: {} }, label: { column: 'label' } } });
    expect(result).toMatchObject({ rows: 3, extra: [], quarantined: {}, first: '2024-05-01T08:00:00.000Z', last: '2024-05-01T10:00:00.000Z' });
    expect(schema.columns.map((column) => column.name)).toEqual(['region', 'x', 'label']);
    const table = await readSnapshot(parquet, schema);
    expect(table.columns).toMatchObject({ region: { levels: ['nsw'] }, x: { values: Float64Array.of(0, 1, 2) } });
    writeFileSync(join(into, 'snapshot'), parquet);
    expect(await readSnapshot(join(into, 'snapshot'))).toEqual(table);
  },
);

test('rows of one time stay in the order of files and lines', async () => {
  const [a, b] = [file('a.csv', 'time,x,label\n2024-01-01,2,a\n2024-01-01,1,a\n'), file('b.csv', 'label,x,time\na,0,2024-01-01\n')];
  const path = file('order.parquet', (await pulled([b, a])).parquet);
  expect(await duckdb(`SELECT x FROM '${path}'`)).toEqual([[0], [2], [1]]);
});

test('fields may be divided by semicolons, tabs and bars', async () => {
  for (const delimiter of [';', '\t', '|']) {
    const text = rows.replaceAll(',', delimiter).replace('label', '"the,label"');
    expect(await pulled(file('a.csv', text), { pipeline: { source: { files: 'x', time: 'time', types: {} }, label: { column: 'the,label' } } })).toMatchObject({ rows: 2 });
  }
});

test('a bound that is no time is refused', async () => {
  await expect(pulled(file('a.csv', rows), { until: 'monday' })).rejects.toThrow(/until is "monday": expected a time such as/);
});

test('nothing is left behind in the temporary folder', async () => {
  const path = file('a.csv.gz', gzipSync(rows.replace(',a', ',"a"'))); // is unpacked, then mended
  const temporary = folder();
  const spy = jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
  try {
    expect(await pulled(path)).toMatchObject({ rows: 2 });
    await refusal('/nowhere');
    expect(spy).toHaveBeenCalledTimes(2);
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    spy.mockRestore();
  }
});

test('column names between quotes are divided by tabs as well as by anything else', async () => {
  for (const [delimiter, index] of [['\t', ''], [',', ''], ['\t', '\t']] as const) {
    const text = [['"time"', '"label"'], ['2024-01-01', 'a'], ['2024-01-02', 'b']].map((fields) => index + fields.join(delimiter)).join('\n');
    expect(await pulled(file('a.tsv', text))).toMatchObject({ rows: 2, quarantined: {} });
  }
});

test('no part of an address that may hold credentials is repeated', async () => {
  const message = await refusal('https://bucket.example.org/rows.csv?X-Amz-Signature=secret');
  expect(message).toMatch(/names an address/);
  expect(message).not.toContain('secret');
});
