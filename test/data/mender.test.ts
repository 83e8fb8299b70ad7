import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { longestLine, Mender } from '../../data/mender';

async function mended(bytes: Buffer, chunk: number, delimiter: string | null = ',', fields = 99): Promise<{ out: string; broken: [string, number][] }> {
  const broken: [string, number][] = [];
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) => bytes.subarray(i * chunk, (i + 1) * chunk));
  const mender = new Mender(delimiter === null ? null : { delimiter, fields }, (reason, line) => broken.push([reason, line]));
  return { out: await text(Readable.from(chunks).pipe(mender)), broken };
}

test('where a text is cut into chunks makes no difference', async () => {
  const dirty = Buffer.from('a,b\r\n1,"x\r\n""y"", z"\r3,"open\n4,"shut"x\r\n5,"ok" ,6\n\n"7",8\n9,"end');
  const whole = await mended(dirty, dirty.length);
  expect(whole.out).toBe('a,b\n1,"x\n""y"", z"\n\n\n5,"ok" ,6\n\n"7",8\n');
  expect(whole.broken).toEqual([['line: broken quotes', 4], ['line: broken quotes', 5], ['line: broken quotes', 9]]);
  for (let chunk = 1; chunk <= 20; chunk++) expect(await mended(dirty, chunk)).toEqual(whole);
});

test('a line that is too long is dropped while it streams by', async () => {
  const dirty = Buffer.from(`a,b\n1,${'x"'.repeat(longestLine * 2)}\n2,"y"\n`);
  for (const chunk of [1 << 16, longestLine, dirty.length]) {
    expect(await mended(dirty, chunk)).toEqual({ out: 'a,b\n\n2,"y"\n', broken: [['line: too long', 2]] });
  }
});

test('in other texts than CSV quotes mean nothing', async () => {
  expect(await mended(Buffer.from('{"a":"\r\n{"b"}\r\n'), 3, null)).toEqual({ out: '{"a":"\n{"b"}\n', broken: [] });
});

test('records with an empty field too many are dropped whole, wherever the text is cut', async () => {
  const dirty = Buffer.from('a,b\n1,2,\n3,"x\ny","" \n"4",5\n6,7,""');
  const whole = { out: 'a,b\n\n\n\n"4",5\n', broken: [['line: wrong number of fields', 2], ['line: wrong number of fields', 3], ['line: wrong number of fields', 6]] };
  for (let chunk = 1; chunk <= dirty.length; chunk++) expect(await mended(dirty, chunk, ',', 2)).toEqual(whole);
});
