import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { InvalidInput } from '../../contracts';
import { openStore } from '../../registry';
import { text } from './stores';

const folder = mkdtempSync(join(tmpdir(), 'continual-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const modulePath = JSON.stringify(require.resolve('../../registry/open'));
const program = (body: string, uri: string) =>
  spawn(process.execPath, ['-e', `const store = require(${modulePath}).openStore(${JSON.stringify(uri)}); (async () => { ${body} })();`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

test('a creator killed with kill -9 leaves a whole object or none', async () => {
  const uri = pathToFileURL(join(folder, 'killed')).href;
  const size = 4_000_000;
  const write = `process.stdout.write('.'); for (let n = 0; ; n++) await store.create('big/' + process.pid + '-' + n, Buffer.alloc(${size}, 7));`;
  for (let round = 0; round < 8; round++) {
    const child = program(write, uri);
    await once(child.stdout, 'data');
    await sleep(20 + round * 9);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const store = openStore(uri);
  const keys = await store.list('');
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !key.startsWith('big/'))).toEqual([]);
  for (const key of keys) expect((await store.get(key))!.length).toBe(size);
});

test('of racing processes exactly one creates each object', async () => {
  const uri = pathToFileURL(join(folder, 'race')).href;
  const race = `let won = 0; for (let n = 0; n < 40; n++) if (await store.create('race/' + n, Buffer.from(String(process.pid)))) won++; process.stdout.write(String(won));`;
  const wins = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = program(race, uri);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      return Number(output);
    }),
  );
  expect(wins.reduce((sum, won) => sum + won, 0)).toBe(40);
  expect(await openStore(uri).list('race/')).toHaveLength(40);
});

test('leftovers of killed writers are swept after a day, and never listed', async () => {
  const root = join(folder, 'leftovers');
  const scratch = join(root, '~writing');
  mkdirSync(scratch, { recursive: true });
  for (const name of ['old', 'young']) writeFileSync(join(scratch, name), 'half');
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(join(scratch, 'old'), yesterday, yesterday);
  const store = openStore(pathToFileURL(root).href);
  expect(await store.list('')).toEqual([]);
  await store.put('a', text('x'));
  expect(readdirSync(scratch)).toEqual(['young']);
});

test('a key that is both an object and the beginning of another is refused with the reason', async () => {
  const store = openStore(pathToFileURL(join(folder, 'both')).href);
  await store.put('a', text('x'));
  await expect(store.create('a/b', text('y'))).rejects.toThrow(/both an object and the beginning/);
  await store.put('c/d', text('x'));
  await expect(store.put('c', text('y'))).rejects.toThrow(InvalidInput);
});

test.each([
  ['./store', /file:\/\/\/.*store/],
  ['file://store', /file:\/\/\/ and an absolute path/],
  ['gs://bucket', /file:\/\/\/absolute\/folder or s3:\/\/bucket\/prefix/],
  ['s3://', /s3:\/\/bucket\/prefix was expected/],
  ['s3://bucket/a//b', /key segment ""/],
])('the store %s is refused with what was expected', (uri, message) => {
  expect(() => openStore(uri)).toThrow(message);
});

test('a credential in the store’s address is refused and not repeated', () => {
  const open = () => openStore('s3://AKIAKEY:very-secret@bucket/prefix');
  expect(open).toThrow(InvalidInput);
  expect(open).not.toThrow(/very-secret/);
});
