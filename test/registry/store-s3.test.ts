import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inspect } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { InvalidInput, SourceUnreadable, StoreUnavailable, type ContinualError } from '../../contracts';
import { Registry, fetchPrefix, openStore } from '../../registry';
import { freePort } from '../setup/ports';
import type { S3Service } from '../setup/seaweed';
import { manifestOf, name, promote, publishNew, run } from './fixtures';
import { startProxy, type Proxy } from './proxy';
import { asText, bucket, s3InEnvironment, text } from './stores';

let service: S3Service;
let proxy: Proxy;
const environment = { ...process.env };
beforeAll(async () => {
  service = await s3InEnvironment();
  proxy = await startProxy(service.endpoint);
});
beforeEach(() => {
  proxy.mishap = () => 'none';
  process.env.AWS_ENDPOINT_URL_S3 = proxy.endpoint;
  process.env.AWS_SECRET_ACCESS_KEY = service.credentials.secretAccessKey;
});
afterAll(async () => {
  await proxy.stop();
  await service.stop();
  process.env = environment;
});
const failureOf = (work: Promise<unknown>): Promise<ContinualError> =>
  work.then(() => { throw new Error('did not fail'); }, (error: ContinualError) => error);

/** Loses the reply to the first n creations of keys that match. */
function loseReplies(key: RegExp, times: number): { lost: number } {
  const seen = { lost: 0 };
  proxy.mishap = (incoming) => {
    const hit = incoming.method === 'PUT' && key.test(incoming.url!) && seen.lost < times;
    if (hit) seen.lost++;
    return hit ? 'reply lost' : 'none';
  };
  return seen;
}

test('each write carries its checksum, which a bucket with object lock demands', async () => {
  const sent: (string | undefined)[] = [];
  proxy.mishap = ({ method, headers }) => {
    if (method === 'PUT') sent.push(headers['content-md5'] as string | undefined);
    return 'none';
  };
  const store = openStore(`s3://${bucket}/sums`);
  await store.create('notes/a.json', Buffer.from('hello'));
  await store.put('notes/a.json', Buffer.from('hello'));
  expect(sent).toEqual(['XUFAKrxLKna5cZ2REBfFkg==', 'XUFAKrxLKna5cZ2REBfFkg==']);
});

describe('when the reply is lost after the write', () => {
  test('a move finds itself again and counts as moved', async () => {
    const registry = new Registry(openStore(`s3://${bucket}/lost-move`));
    const target = await publishNew(registry, null);
    const seen = loseReplies(/aliases/, 1);
    const result = await promote(registry, 0, target);
    expect(seen.lost).toBe(1);
    expect(result.moved).toBe(true);
    expect((await registry.history(name)).map((move) => move.to)).toEqual([target.version]);
  });

  test('a move finds itself again even when every retry’s reply is lost', async () => {
    const registry = new Registry(openStore(`s3://${bucket}/lost-moves`));
    const target = await publishNew(registry, null);
    const seen = loseReplies(/aliases/, 4);
    const result = await promote(registry, 0, target);
    expect(seen.lost).toBe(4);
    expect(result.moved).toBe(true);
  });

  test('a move that lost against another is not mistaken for one’s own', async () => {
    const registry = new Registry(openStore(`s3://${bucket}/lost-other`));
    const target = await publishNew(registry, null);
    const other = await publishNew(registry, target.version);
    await promote(registry, 0, target);
    loseReplies(/aliases/, 4);
    const result = await promote(registry, 0, other);
    expect(result.moved).toBe(false);
    expect(result.move.to).toBe(target.version);
  });

  test('a reserved number is the run’s own, and the next run gets the next', async () => {
    const registry = new Registry(openStore(`s3://${bucket}/lost-reserve`));
    loseReplies(/reservations/, 4);
    expect(await registry.reserve(name, { mode: 'stateless', parent: null, run: run() })).toBe('1.1.0');
    expect(await registry.reserve(name, { mode: 'stateless', parent: null, run: run() })).toBe('1.2.0');
  });

  test('a published manifest is found, and files too', async () => {
    const registry = new Registry(openStore(`s3://${bucket}/lost-publish`));
    const by = run();
    const version = await registry.reserve(name, { mode: 'stateless', parent: null, run: by });
    loseReplies(/versions/, 2);
    const files = await registry.putFiles(name, version, { 'weights.bin': text('weights') });
    const { manifest } = await registry.publish(manifestOf(version, by, files));
    expect(manifest.run).toEqual(by);
    expect(asText(await registry.readFile(manifest, 'weights.bin'))).toBe('weights');
  });
});

test('a create that conflicts with another under way is tried again', async () => {
  const store = openStore(`s3://${bucket}/conflict`);
  let conflicts = 0;
  proxy.mishap = () => (conflicts++ < 2 ? { status: 409, code: 'ConditionalRequestConflict' } : 'none');
  expect(await store.create('a', text('x'))).toBe(true);
  expect(conflicts).toBe(3);
});

test.each([
  [403, 'AccessDenied', /lack a permission; docs\/store.md/],
  [301, 'PermanentRedirect', /set AWS_REGION/],
  [501, 'NotImplemented', /does not know conditional writes/],
])('%i %s is terminal and says what to do', async (status, code, message) => {
  proxy.mishap = () => ({ status, code });
  const error = await failureOf(openStore(`s3://${bucket}/x`).create('a', text('x')));
  expect(error).toBeInstanceOf(InvalidInput);
  expect(error.message).toMatch(message);
});

test.each([[503, 'SlowDown'], [500, 'InternalError'], [400, 'ExpiredToken']])('%i %s may pass and is worth another try', async (status, code) => {
  proxy.mishap = () => ({ status, code });
  const error = await failureOf(openStore(`s3://${bucket}/x`).create('a', text('x')));
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error.message).toContain(code);
});

test('a download that breaks off half-way is tried again', async () => {
  const store = openStore(`s3://${bucket}/cut`);
  await store.put('a', Buffer.alloc(100_000, 5));
  let cuts = 0;
  proxy.mishap = (incoming) => (incoming.method === 'GET' && cuts++ < 2 ? 'reply cut in half' : 'none');
  expect((await store.get('a'))!.length).toBe(100_000);
  expect(cuts).toBe(3);
});

test('a download that always breaks off is a store that is unavailable, not a short object', async () => {
  const store = openStore(`s3://${bucket}/cut-always`);
  await store.put('a', Buffer.alloc(100_000, 5));
  proxy.mishap = (incoming) => (incoming.method === 'GET' ? 'reply cut in half' : 'none');
  const error = await failureOf(store.get('a'));
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error.message).toContain(`[bucket=${bucket}, key=cut-always/a]`);
});

test('a listing of more than one page of the service is whole', async () => {
  const store = openStore(`s3://${bucket}/pages`);
  const keys = Array.from({ length: 1_010 }, (_, at) => `many/${String(at).padStart(8, '0')}`);
  for (let at = 0; at < keys.length; at += 50) await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, text('x'))));
  expect(await store.list('many/')).toEqual(keys);
}, 120_000);

test('a service that is not there is unavailable, within seconds, and may be tried again', async () => {
  process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${await freePort()}`;
  const error = await failureOf(openStore(`s3://${bucket}/x`).get('some/key'));
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error.terminal).toBe(false);
  expect(error.message).toContain(`[bucket=${bucket}, key=x/some/key]`);
  expect((error.cause as Error).message).toContain('ECONNREFUSED');
}, 20_000);

test('wrong credentials are terminal, say what to do, and show no secret', async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'a-wrong-secret-key';
  const error = await failureOf(openStore(`s3://${bucket}/x`).create('some/key', text('x')));
  expect(error).toBeInstanceOf(InvalidInput);
  expect(error.message).toMatch(/check AWS_ACCESS_KEY_ID/);
  expect(inspect(error, { depth: 9 })).not.toContain('a-wrong-secret-key');
  expect(inspect(error, { depth: 9 })).not.toMatch(/Signature=|StringToSign/);
});

test('a missing region is terminal and says what to set', async () => {
  const { AWS_REGION: region } = process.env;
  delete process.env.AWS_REGION;
  Object.assign(process.env, { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' });
  const error = await failureOf(openStore(`s3://${bucket}/x`).get('a'));
  process.env.AWS_REGION = region;
  expect(error).toBeInstanceOf(InvalidInput);
  expect(error.message).toMatch(/set AWS_REGION/);
});

test('a bucket that is not there is terminal and named', async () => {
  const error = await failureOf(openStore('s3://no-such-bucket-here/x').list(''));
  expect(error).toBeInstanceOf(InvalidInput);
  expect(error.message).toMatch(/\[bucket=no-such-bucket-here, key=x\/\]: NoSuchBucket; create the bucket/);
});

describe('fetchPrefix', () => {
  const folder = mkdtempSync(join(tmpdir(), 'continual-fetch-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('downloads what begins with the prefix, in the order of the keys, and stays in the folder', async () => {
    const client = new S3Client({ forcePathStyle: true });
    const keys = ['rows/2026-01.csv', 'rows/2026-02.csv', 'rows/deep/er.csv', 'rows/a b*.csv', 'other/x.csv'];
    for (const key of keys) await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key }));
    const paths = await fetchPrefix(`s3://${bucket}/rows/`, join(folder, 'all'));
    expect(paths.map((path) => basename(path))).toEqual(['2026-01.csv', '2026-02.csv', 'a%20b%2a.csv', 'deep%2fer.csv']);
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['rows/2026-01.csv', 'rows/2026-02.csv', 'rows/a b*.csv', 'rows/deep/er.csv']);
    expect(await fetchPrefix(`s3://${bucket}/rows/2026-02`, join(folder, 'one'))).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(['all', 'one']);
  });

  test('a prefix that nothing begins with is an unreadable source', async () => {
    await expect(fetchPrefix(`s3://${bucket}/nothing/`, folder)).rejects.toThrow(SourceUnreadable);
  });
});
