import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { InvalidInput, StoreUnavailable } from '../../contracts';
import { Registry } from '../../registry';
import { startServer, type Server } from '../../serving';
import { Champion } from '../../serving/champion';
import { World } from './world';

interface Answer {
  status: number;
  // The tests read what the server really sent.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}
async function ask(url: string, body?: unknown, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<Answer> {
  const init = body === undefined ? {} : { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error('it did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the server', () => {
  let world: World;
  let server: Server;
  let model: string;
  const errors: string[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (message: string) => void errors.push(message) };
  const version = async (): Promise<string | undefined> => (await ask(model)).body.versions?.[0];

  beforeEach(async () => {
    world = await World.create();
    server = await startServer({ registry: world.registry, pipelines: ['market'], pollMilliseconds: 20, logger: log });
    model = `${server.url}/v2/models/market`;
    errors.length = 0;
  });
  afterEach(async () => {
    await server.close();
    await world.remove();
  });
  const promoted = async (seed: number): Promise<string> => {
    const to = await world.promote(await world.publish(seed));
    await until(async () => (await version()) === to);
    return to;
  };

  it('is live but not ready without a champion, says how to get one, and is ready once there is one', async () => {
    expect(await ask(`${server.url}/v2/health/live`)).toEqual({ status: 200, body: { live: true } });
    for (const path of ['/v2/health/ready', '/v2/models/market', '/v2/models/market/ready']) {
      const { status, body } = await ask(server.url + path);
      expect([path, status]).toEqual([path, 503]);
      expect(body.error).toContain('continual start market');
    }
    expect((await ask(`${model}/infer`, { inputs: world.tensor(1) })).status).toBe(503);

    await promoted(1);
    expect(await ask(`${server.url}/v2/health/ready`)).toEqual({ status: 200, body: { ready: true } });
    expect(await ask(`${model}/versions/1.1.0/ready`)).toEqual({ status: 200, body: { name: 'market', ready: true } });
  });

  it('describes the model: its raw columns, its tensor, its outputs', async () => {
    await promoted(1);
    const { body } = await ask(model);
    expect(body).toMatchObject({ name: 'market', versions: ['1.1.0'] });
    expect(body.inputs).toEqual([
      { name: 'price', datatype: 'FP64', shape: [-1] },
      { name: 'demand', datatype: 'FP64', shape: [-1] },
      { name: 'region', datatype: 'BYTES', shape: [-1] },
      { name: 'when', datatype: 'BYTES', shape: [-1] },
    ]);
    expect(body.outputs[1]).toEqual({ name: 'probabilities', datatype: 'FP32', shape: [-1, 2] });
    expect(body.parameters.tensor.shape).toEqual([-1, world.features.width]);
    expect(body.parameters.tensor.layout).toHaveLength(world.features.width);
    expect(body.parameters.problem).toBeUndefined();
    expect((await ask(`${model}/versions/1.1.0`)).body).toEqual(body);
  });

  it('gives the same probabilities for raw rows, for the same rows encoded, and for nested data', async () => {
    await promoted(1);
    const raw = (await ask(`${model}/infer`, { id: 'mine', inputs: world.columns(40) })).body;
    const [tensor] = world.tensor(40);
    const encoded = (await ask(`${model}/infer`, { inputs: [tensor] })).body;
    const { width } = world.features;
    const nested = Array.from({ length: 40 }, (_, i) => tensor!.data.slice(i * width, (i + 1) * width));
    expect((await ask(`${model}/infer`, { inputs: [{ ...tensor, data: nested }] })).body).toEqual(encoded);

    expect(raw).toMatchObject({ id: 'mine', model_name: 'market', model_version: '1.1.0' });
    const [label, probabilities] = raw.outputs;
    expect(probabilities.shape).toEqual([40, 2]);
    expect(new Set(probabilities.data.map((p: number) => p.toFixed(4))).size).toBeGreaterThan(10);
    probabilities.data.forEach((p: number, i: number) => expect(p).toBeCloseTo(encoded.outputs[1].data[i], 6));
    label.data.forEach((name: string, i: number) => {
      const [down, up] = probabilities.data.slice(2 * i, 2 * i + 2);
      expect(down + up).toBeCloseTo(1, 5);
      expect(name).toBe(up > down ? 'up' : 'down');
    });
  });

  it('reads a time without an offset as UTC, and milliseconds', async () => {
    await promoted(1);
    const [price, demand, region, when] = world.columns(1);
    const inferAt = async (value: unknown) =>
      (await ask(`${model}/infer`, { inputs: [price, demand, region, { ...when, data: [value] }], outputs: [{ name: 'probabilities' }] })).body;
    const noon = await inferAt('1997-05-05T12:00:00Z');
    expect(noon.outputs).toHaveLength(1);
    for (const same of ['1997-05-05 12:00', '1997-05-05T14:00:00+02:00', Date.UTC(1997, 4, 5, 12), Date.UTC(1997, 4, 5, 12) / 1000]) expect(await inferAt(same)).toEqual(noon);
    expect(await inferAt('1997-05-05T18:00:00Z')).not.toEqual(noon);
  });

  it('swaps champions under load, forward and back, without one failed request', async () => {
    const first = await world.publish(1);
    await world.promote(first);
    await until(async () => (await version()) === '1.1.0');
    const inputs = world.columns(16);
    const seen: { version: string; outputs: string }[] = [];
    let stop = false;
    const client = async () => {
      while (!stop) {
        const { status, body } = await ask(`${model}/infer`, { inputs });
        expect(status).toBe(200);
        seen.push({ version: body.model_version, outputs: JSON.stringify(body.outputs) });
      }
    };
    const clients = [client(), client()];
    for (const seed of [2, 3, 4]) await promoted(seed);
    await world.promote(first, 'rollback');
    await until(async () => (await version()) === '1.1.0');
    const before = seen.length;
    await until(() => Promise.resolve(seen.length > before + 8));
    stop = true;
    await Promise.all(clients);

    expect(new Set(seen.map(({ version }) => version))).toEqual(new Set(['1.1.0', '1.1.1', '1.1.2', '1.1.3']));
    expect(seen.at(-1)!.version).toBe('1.1.0');
    // Each version always gave its own one answer: no request saw half of each.
    expect(new Set(seen.map(({ version, outputs }) => version + outputs)).size).toBe(4);
    expect(errors).toEqual([]);
  });

  it('goes on serving when the new champion is corrupt, says so, and follows the next one', async () => {
    await promoted(1);
    const corrupt = await world.publish(2);
    await writeFile(join(world.folder, corrupt.manifest.files['weights.bin']!.key), 'not these weights');
    await world.promote(corrupt);
    await until(async () => (await ask(model)).body.parameters.problem !== undefined);

    const { body } = await ask(model);
    expect(body.versions).toEqual(['1.1.0']);
    expect(body.parameters.problem).toMatch(/1\.1\.1 cannot be loaded, 1\.1\.0 goes on serving: .*weights\.bin/);
    expect((await ask(`${server.url}/v2/health/ready`)).status).toBe(200);
    expect((await ask(`${model}/infer`, { inputs: world.tensor(1) })).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(errors).toHaveLength(1);

    await promoted(3);
    expect((await ask(model)).body.parameters.problem).toBeUndefined();
  });

  it('takes up a champion whose file was put back, though nothing else moved', async () => {
    const { manifest, digest } = await world.publish(1);
    const key = join(world.folder, manifest.files['weights.bin']!.key);
    const bytes = await readFile(key);
    await writeFile(key, 'not these weights');
    await world.promote({ manifest, digest });
    const champion = new Champion('market', world.registry, { info: () => undefined, warn: () => undefined, error: () => undefined });
    const now = jest.spyOn(Date, 'now');
    try {
      await champion.look();
      expect(champion.problem).toContain('1.1.0 cannot be loaded');
      await writeFile(key, bytes);
      await champion.look();
      expect(champion.served).toBeNull();
      now.mockReturnValue(Date.now() + 61_000);
      await champion.look();
      expect({ problem: champion.problem, version: champion.served?.loaded.version }).toEqual({ problem: null, version: '1.1.0' });
    } finally {
      now.mockRestore();
      champion.close();
    }
  });

  it('keeps no model whose schema cannot be read, and says again that there is no champion once the store is back', async () => {
    await world.promote(await world.publish(1));
    await until(async () => (await version()) !== undefined);
    const tensors = tf.memory().numTensors;
    const own = new Registry(world.registry.store);
    jest.spyOn(own, 'schema').mockRejectedValue(new StoreUnavailable('S3 is away'));
    const unread = new Champion('market', own, log);
    await unread.look();
    expect(unread.problem).toContain('S3 is away');
    expect(tf.memory().numTensors).toBe(tensors);

    jest.spyOn(own, 'champion').mockRejectedValueOnce(new StoreUnavailable('S3 is away')).mockResolvedValue(null);
    const none = new Champion('market', own, log);
    await none.look();
    expect(none.problem).toContain('S3 is away');
    await none.look();
    expect(none.problem).toContain('continual start market trains the first one');
  });

  it('answers what it cannot serve with 404, naming what there is', async () => {
    await promoted(1);
    expect(await ask(`${server.url}/v2/models/other`)).toEqual({ status: 404, body: { error: expect.stringMatching(/"other".*market/) } });
    expect(await ask(`${model}/versions/9.9.9/infer`, { inputs: world.tensor(1) })).toEqual({ status: 404, body: { error: expect.stringMatching(/9\.9\.9.*1\.1\.0/) } });
    expect((await ask(`${server.url}/v3`)).status).toBe(404);
  });

  it('refuses bad inputs with 400, naming the input, the value and the cure', async () => {
    await promoted(1);
    const [price, demand, region, when] = world.columns(2);
    const [tensor] = world.tensor(2);
    const bad: [unknown, RegExp][] = [
      [{}, /inputs is missing.*A valid example/],
      [{ inputs: [] }, /inputs/],
      [{ inputs: [{ ...tensor, datatype: 'FP31' }] }, /inputs\.0\.datatype is "FP31"/],
      [{ inputs: [{ ...tensor, shape: [2, 3] }] }, /shape is \[2, 3\].*takes \[rows, \d+\]/],
      [{ inputs: [{ ...tensor, data: tensor!.data.slice(1) }] }, /has \d+ values, but its shape/],
      [{ inputs: [{ ...tensor, data: ['x', ...tensor!.data.slice(1)] }] }, /features\.data\[0\] is "x"/],
      [{ inputs: [{ ...tensor, data: [1e300, ...tensor!.data.slice(1)] }] }, /features\.data\[0\] is 1e\+300/],
      [{ inputs: [{ ...tensor, parameters: { binary_data_size: 8 } }] }, /binary/],
      [{ inputs: [price, demand, region] }, /lacks when; send null/],
      [{ inputs: [price, demand, region, when, { ...price, name: 'prize' }] }, /"prize", which is no column.*price, demand, region, when/],
      [{ inputs: [price, price] }, /"price" twice/],
      [{ inputs: [{ ...price, shape: [3], data: [1, 2, 3] }, demand, region, when] }, /demand has 2 rows and inputs\.price has 3/],
      [{ inputs: [{ ...price, data: [1, 'dear'] }, demand, region, when] }, /price\.data\[1\] is "dear".*number/],
      [{ inputs: [{ ...price, datatype: 'BYTES' }, demand, region, when] }, /price\.datatype is BYTES/],
      [{ inputs: [price, demand, { ...region, data: ['nsw', true] }, when] }, /region\.data\[1\] is true/],
      [{ inputs: [price, demand, region, { ...when, data: ['yesterday', 'today'] }] }, /when\.data\[0\] is "yesterday".*1997-05-05T00:30:00Z/],
      [{ inputs: [{ ...price, shape: [0], data: [] }, demand, region, when] }, /0 rows/],
      [{ inputs: [{ ...price, data: [1e300, 1e300] }, demand, region, when] }, /row 0.*units/],
      [{ inputs: [tensor], outputs: [{ name: 'score' }] }, /"score"; there are label and probabilities/],
      ['{"inputs": [', /JSON/],
      [{ inputs: [{ ...price, shape: [9007199254740991], data: [1] }, demand, region, when] }, /price\.data has 1 values, but its shape \[9007199254740991\]/],
      [{ inputs: [{ ...tensor, shape: [9007199254740991, world.features.width] }] }, /has \d+ values, but its shape/],
      [{ inputs: [price, demand, { ...region, data: ['nsw', { name: 'vic' }] }, when] }, /region\.data\[1\] is an object/],
    ];
    for (const [body, expected] of bad) {
      const answer = await ask(`${model}/infer`, body);
      expect(answer).toEqual({ status: 400, body: { error: expect.stringMatching(expected) } });
      expect(answer.body.error).not.toMatch(/\bat .*\.js:\d/);
    }
    expect(errors).toEqual([]);
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'text/plain; charset=utf-8'])('refuses %s with 415 and the cure', async (type) => {
    expect(await ask(`${model}/infer`, '{"inputs":[]}', { 'content-type': type })).toEqual({ status: 415, body: { error: 'send JSON with the header content-type: application/json.' } });
  });

  it('answers an address that is none like any other error', async () => {
    for (const path of ['/v2/models/%zz', '/%']) expect(await ask(server.url + path)).toEqual({ status: 400, body: { error: expect.stringContaining(path) } });
  });

  it('ends within seconds although a client is silent, or never comes to the end of its request', async () => {
    const own = await startServer({ registry: world.registry, pipelines: ['market'] });
    const clients = ['', 'POST /v2/models/market/infer HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'].map((begun) => {
      const client = connect(Number(new URL(own.url).port), '127.0.0.1', () => client.write(begun));
      return client.on('error', () => undefined);
    });
    await until(() => Promise.resolve(clients.every((client) => client.readyState === 'open')));
    await ask(`${own.url}/v2`);
    const began = Date.now();
    await own.close();
    expect(Date.now() - began).toBeLessThan(15_000);
    for (const client of clients) client.destroy();
  }, 30_000);

  it('cannot listen at an address of another machine, and says so', async () => {
    const error: unknown = await startServer({ registry: world.registry, pipelines: ['market'], host: '8.8.8.8' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidInput);
    expect((error as Error).message).toBe('host 8.8.8.8 is no address of this machine; 127.0.0.1 is.');
  });

  it('refuses a body over its limit with 413 and the cure', async () => {
    await promoted(1);
    const { status, body } = await ask(`${model}/infer`, `{"inputs":"${'x'.repeat(17 * 1024 * 1024)}"}`);
    expect(status).toBe(413);
    expect(body.error).toMatch(/16 MiB; send fewer rows/);
  });

  it('takes an unknown category and a missing number as such', async () => {
    await promoted(1);
    const [price, demand, region, when] = world.columns(1);
    const inferWith = async (own: object) => (await ask(`${model}/infer`, { inputs: [price, { ...demand, data: [null] }, { ...region, ...own }, when] })).body.outputs;
    expect(await inferWith({ data: ['tasmania'] })).toEqual(await inferWith({ data: [null] }));
    expect(await inferWith({ data: ['nsw'] })).not.toEqual(await inferWith({ data: [null] }));
  });
});
