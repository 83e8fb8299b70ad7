import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readSnapshot } from '../../data';
import { duckdb, file, folder, pulled, quarantinedRows, random, removeFolders } from './fixtures';

afterAll(removeFolders);
const day = (n: number): string => new Date(Date.UTC(2024, 0, 1 + n)).toISOString();
const good = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${day(from + i)},${from + i}.5,red,yes`);
const csv = (lines: string[]): string => `time,price,colour,label\n${lines.join('\n')}\n`;

test('each bad row is counted under its reason, and the good ones are kept', async () => {
  const bad = [
    `${day(100)},abc,red,yes`, // price: not a number
    `${day(101)},1_5,red,yes`,
    `${day(102)},inf,red,yes`, // price: not finite
    `${day(103)},NaN,red,yes`,
    `yesterday,1,red,yes`, // time: not a time
    `,1,red,yes`, // time: missing
    `${day(104)},1,red,`, // label: missing
    `${day(105)},1,red`, // line: wrong number of fields
    `${day(106)},1,red,yes,more`,
  ];
  const result = await pulled(file('a.csv', csv([...good(0, 90), ...bad, ...good(90, 99)])));
  expect(result.quarantined).toEqual({
    'price: not a number': 2, 'price: not finite': 2, 'time: not a time': 1, 'time: missing': 1, 'label: missing': 1,
    'line: wrong number of fields': 2,
  });
  expect(result).toMatchObject({ read: 108, rows: 99, duplicates: 0 });
  expect(result.rejects).toHaveLength(9);
  expect(result.rejects).toContainEqual({ reason: 'line: wrong number of fields', file: expect.stringMatching(/a\.csv$/), line: 99, text: `${day(105)},1,red` });
  expect(result.rejects).toContainEqual({ reason: 'price: not a number', text: '2024-04-10 00:00:00,abc,red,yes' });
});

test('the sample shows some of every reason, and no more than a hundred', async () => {
  const bad = [...Array.from({ length: 300 }, (_, i) => `${day(i)},1,red`), ...Array.from({ length: 300 }, (_, i) => `${day(i)},x,red,yes`), `never,1,red,yes`];
  const types = { price: 'number' } as const;
  const { rejects } = await pulled(file('a.csv', csv([...good(0, 9), ...bad])), { pipeline: { source: { files: 'x', time: 'time', types }, label: { column: 'label' } } });
  expect(rejects.length).toBeLessThanOrEqual(100);
  expect(new Set(rejects.map(({ reason }) => reason))).toEqual(new Set(['line: wrong number of fields', 'price: not a number', 'time: not a time']));
});

test('a missing feature is kept as missing', async () => {
  const result = await pulled(file('a.csv', csv([`${day(0)},,red,yes`, `${day(1)},2,,no`, `${day(2)},3," ",no`])));
  expect(result).toMatchObject({ rows: 3, quarantined: {} });
  const table = await readSnapshot(result.parquet, result.schema);
  expect(table.columns.price).toEqual({ kind: 'number', values: Float64Array.of(NaN, 2, 3) });
  expect(table.columns.colour).toEqual({ kind: 'category', levels: ['red'], codes: Int32Array.of(0, -1, -1) });
});

test('of equal rows the first is kept, whatever the text of their numbers', async () => {
  const rows = [`${day(0)},1,red,yes`, `${day(0)},1.0,red,yes`, `${day(0)},2,red,yes`, `${day(1)},0,red,no`, `${day(1)},-0.0,red,no`];
  expect(await pulled(file('a.csv', csv(rows)))).toMatchObject({ read: 5, rows: 3, duplicates: 2, quarantined: {} });
});

test('files that overlap give each row once', async () => {
  const [a, b] = [file('a.csv', csv(good(0, 60))), file('b.csv', csv(good(40, 100)))];
  expect(await pulled([a, b])).toMatchObject({ read: 120, rows: 100, duplicates: 20 });
});

test.each(['', ' '])('an open quote (after "%s") costs one line, not all that follow', async (before) => {
  const broken = `${day(50)},1,${before}"red,yes`;
  const result = await pulled(file('a.csv', csv([...good(0, 50), broken, ...good(51, 5000)])));
  expect(result).toMatchObject({ read: 5000, rows: 4999, quarantined: { 'line: broken quotes': 1 } });
  expect(result.rejects).toEqual([{ reason: 'line: broken quotes', file: expect.any(String), line: 52, text: broken }]);
  const closed = csv([...good(0, 50), `${day(50)},1,${before}"light, red",yes`, ...good(51, 100)]);
  expect(await pulled(file('b.csv', closed))).toMatchObject({ rows: 100, quarantined: {} });
});

test('a quote that opens nothing is text, and takes no line with it', async () => {
  const lines = [...good(0, 50), `${day(50)},1,  "red,yes`, `${day(51)},1,5" red,yes`, ...good(52, 500)];
  expect(await pulled(file('a.csv', csv(lines)))).toMatchObject({ read: 500, rows: 500, quarantined: {} });
});

test('a number that float32 has no room for is set aside: one of them would make every row infinite', async () => {
  const result = await pulled(file('a.csv', csv([...good(0, 50), `${day(50)},1e39,red,yes`, `${day(51)},-1e200,red,yes`, `${day(52)},1e37,red,yes`])));
  expect(result).toMatchObject({ rows: 51, quarantined: { 'price: beyond 1e37': 2 } });
});

test.each([
  ['upper and lower case', ['time,zone,label', 'time,Zone,label'], 'two columns are called "Zone"'],
  ["JavaScript's own name", ['time,__proto__,label'], 'a column is called "__proto__"'],
])('names that a snapshot cannot hold are refused before a schema is held: %s', async (_, heads, message) => {
  const files = heads.map((head, i) => file(`${i}.csv`, `${head}\n${day(i)},1,yes\n`));
  await expect(pulled(files)).rejects.toThrow(message);
});

test('Parquet, in which a and A may be two columns, is no exception', async () => {
  const path = join(folder(), 'a.parquet');
  await duckdb(`COPY (SELECT TIMESTAMP '2024-05-01' AS time, 1 AS price, 2 AS cents, 'a' AS label) TO '${path}' (FORMAT parquet)`);
  writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replaceAll('cents', 'PRICE'), 'latin1'));
  await expect(pulled(path)).rejects.toThrow(/two columns are called "(price|PRICE)"/);
  await duckdb(`COPY (SELECT TIMESTAMP '2024-05-01' AS time, 1 AS price, 2 AS price_1, 'a' AS label) TO '${path}' (FORMAT parquet)`);
  expect(await pulled(path)).toMatchObject({ rows: 1 });
});

test('a key without a name is refused', async () => {
  await expect(pulled(file('a.jsonl', `{"time":"${day(0)}","":1,"label":true}\n`))).rejects.toThrow('a column is called ""');
});

test('values may hold delimiters, quotes and newlines between quotes, and newlines may be of any kind', async () => {
  const text = `\ufefftime,price,"colour",label\r\n"${day(0)}",1,"light, ""sky"" blue",yes\r\n${day(1)},2,"two\nlines",no\n${day(2)},3,re"d,no\r${day(3)},4,x,no`;
  const result = await pulled(file('a.csv', text));
  expect(result).toMatchObject({ rows: 4, quarantined: {} });
  const { colour } = (await readSnapshot(result.parquet, result.schema)).columns;
  expect(colour).toMatchObject({ levels: ['light, "sky" blue', 're"d', 'two\nlines', 'x'] });
});

test('a line that is not UTF-8 and one that is too long are set aside', async () => {
  const latin = Buffer.concat([Buffer.from(csv(good(0, 20))), Buffer.from(`${day(30)},1,caf`), Buffer.from([0xe9]), Buffer.from(`,yes\n`)]);
  expect((await pulled(file('a.csv', latin))).quarantined).toEqual({ 'line: not UTF-8': 1 });
  const long = csv([...good(0, 20), `${day(20)},1,${'x'.repeat(3 << 20)},yes`, ...good(21, 40)]);
  expect(await pulled(file('b.csv.gz', gzipSync(long)))).toMatchObject({ read: 40, rows: 39, quarantined: { 'line: too long': 1 } });
});

test('JSON lines that are no object are set aside, keys may be absent', async () => {
  const lines = [
    `{"time":"${day(0)}","price":1,"label":true}`, `{"time":"${day(1)}","label":false}`, '', '[1]', `{"time":`,
    `{"time":"${day(2)}","price":"dear","label":true}`, `{"time":"${day(3)}","price":null,"label":null}`,
    ...Array.from({ length: 30 }, (_, i) => `{"time":${Date.UTC(2025, 0, 1 + i)},"price":${i},"label":true}`),
  ];
  const result = await pulled(file('a.jsonl', lines.join('\r\n')));
  expect(result.quarantined).toEqual({ 'line: not a JSON object': 2, 'price: not a number': 1, 'label: missing': 1 });
  expect(result).toMatchObject({ read: 36, rows: 32, first: day(0), last: '2025-01-30T00:00:00.000Z' });
});

test('lines without a time are counted by every pull, the others by the pull of their period', async () => {
  const path = file('a.csv', csv([...good(0, 10), 'never,1,red,yes', `${day(3)},1,red`, `${day(5)},x,red,yes`, ...good(10, 30)]));
  const { schema } = await pulled(path);
  const early = await pulled(path, { until: day(4), schema });
  const late = await pulled(path, { after: day(20), schema });
  expect(early.quarantined).toEqual({ 'time: not a time': 1, 'line: wrong number of fields': 1 });
  expect(late.quarantined).toEqual(early.quarantined);
});

test('read = rows + quarantined + duplicates, and each line ends where it must, for any dirt', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const draw = random(seed);
    const lines: (string | Buffer)[] = [];
    const expected: Record<string, number> = {};
    let rows = 0;
    let duplicates = 0;
    const aside = (reason: string): void => void (expected[reason] = (expected[reason] ?? 0) + 1);
    for (let n = 0; n < 400; n++) {
      const time = day(n);
      const dirt: (() => string | Buffer)[] = [
        () => (aside('price: not a number'), `${time},1.2.3,red,yes`),
        () => (aside('price: not finite'), `${time},1e999,red,yes`),
        () => (aside('time: not a time'), `2024-13-01,1,red,yes`),
        () => (aside('label: missing'), `${time},,"a, b",""`),
        () => (aside('line: wrong number of fields'), draw() < 0.5 ? `${time},1` : `${time},1,2,3,"4"`),
        () => (aside('line: broken quotes'), draw() < 0.5 ? `${time},1,"open,yes` : `${time},1,"shut"again,yes`),
        () => (aside('line: not UTF-8'), Buffer.concat([Buffer.from(`${time},1,`), Buffer.from([0xff, 0xfe]), Buffer.from(',yes')])),
        () => ((rows += 1), (duplicates += 1), `${time},7,"two\nlines ""q""",no\n${time},7.0,"two\nlines ""q""",no`),
        () => ((rows += 1), `\n${time},,,"yes"`),
      ];
      lines.push(draw() < 0.2 ? dirt[Math.floor(draw() * dirt.length)]!() : ((rows += 1), `${time},${n},"${draw() < 0.5 ? 'red' : 'blue'}",yes`));
    }
    const end = Buffer.from(draw() < 0.5 ? '\n' : '\r\n');
    const bytes = Buffer.concat([Buffer.from('time,price,colour,label'), end, ...lines.flatMap((line) => [Buffer.from(line), end])]);
    const result = await pulled(file('a.csv', bytes), { pipeline: { source: { files: 'x', time: 'time', types: { price: 'number' } }, label: { column: 'label' } } });
    expect({ seed, ...result.quarantined }).toEqual({ seed, ...expected });
    expect(result).toMatchObject({ rows, duplicates });
    expect(result.read).toBe(result.rows + result.duplicates + quarantinedRows(result));
  }
});

test('empty fields too many are as wrong as filled ones: they may be there since another field was divided', async () => {
  const source = { pipeline: { source: { files: 'x', time: 'time', types: {} }, label: { column: 'late' } } };
  const head = 'time,zone,late,note';
  const text = [head, '2024-05-01,north,no,ok', '2024-05-02,old town, west,no,', '2024-05-03,south,yes,,,', '2024-05-04,"a, b",yes,', '2024-05-05,"a\nb",no,,', '2024-05-06,south,yes,'].join('\n');
  for (const end of ['', '\n', '\r\n']) {
    const { rows, quarantined, rejects } = await pulled(file('a.csv', text + end), source);
    expect({ rows, quarantined }).toEqual({ rows: 3, quarantined: { 'line: wrong number of fields': 3 } });
    expect(rejects.map(({ line }) => line)).toEqual([3, 4, 6]);
  }
  for (const tail of [',', ',""', ',"",""', ', ""', ',"" ', ',,""', ', ', ',x']) {
    const { rows, quarantined } = await pulled(file('a.csv', `${head}\n2024-05-01,north,no,ok\n2024-05-02,old town, west,no${tail}\n2024-05-03,south,yes,"ok"\n`), source);
    expect([tail, rows, quarantined]).toEqual([tail, 2, { 'line: wrong number of fields': 1 }]);
  }
});

test('where all lines but the first end with a delimiter, that is how they end', async () => {
  const source = { pipeline: { source: { files: 'x', time: 'time', types: {} }, label: { column: 'late' } } };
  const lines = Array.from({ length: 12 }, (_, i) => `2024-05-${i + 10},north,${i % 2 ? 'yes' : 'no'},`);
  const text = ['time,zone,late', ...lines, '2024-05-30,old town, west,no,'].join('\n');
  expect(await pulled(file('a.csv', text), source)).toMatchObject({ rows: 12, quarantined: { 'line: wrong number of fields': 1 } });
});
