import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { environmentOf } from '../../cli/commands/dev';
import { startDevServer } from '../../cli/dev-server';
import { freePorts } from '../setup/ports';
import { toolPath } from '../setup/tools';
import { Workplace } from './support';

const place = new Workplace();
place.env.TEMPORAL_CLI_PATH = toolPath('temporal');
afterAll(() => place.remove());

describe('continual dev', () => {
  test('says which port is taken and which option names another', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, err } = await place.continual('dev', '--port', String(port));
    taken.close();
    expect(code).toBe(2);
    expect(err).toContain(`port ${port} is taken; name another with --port`);
  });

  test.each([['--port', '0'], ['--ui-port', '0']])('%s 0 is refused: clients must know the port', async (option, value) => {
    const { code, err } = await place.continual('dev', option, value);
    expect(code).toBe(2);
    expect(err).toContain(`${option} is 0, but clients must know the port; name one from 1024 on`);
  });

  test("asks for the UI's port where the usual one would be no port", async () => {
    const { code, err } = await place.continual('dev', '--port', '65000');
    expect(code).toBe(2);
    expect(err).toContain("the UI's port would be 66000, 1000 more than Temporal's, which is no port; name one with --ui-port");
  });

  test('names for another terminal what is not the default, and nothing else', () => {
    const io = { out: () => undefined, err: () => undefined, env: {}, cwd: '/home/ada', width: null };
    const usual = { address: '127.0.0.1:7233', store: 'file:///home/ada/.continual/store', taskQueue: 'continual' };
    expect(environmentOf(io, usual)).toBe('');
    expect(environmentOf(io, { ...usual, store: 's3://models/x', taskQueue: 'my queue' })).toBe("CONTINUAL_STORE=s3://models/x CONTINUAL_TASK_QUEUE='my queue' ");
    expect(environmentOf(io, { ...usual, address: '127.0.0.1:7333' })).toBe('TEMPORAL_ADDRESS=127.0.0.1:7333 ');
  });

  test('says that a path to the CLI leads nowhere', async () => {
    await expect(startDevServer({ env: { TEMPORAL_CLI_PATH: '/nowhere/temporal' } })).rejects.toThrow('TEMPORAL_CLI_PATH is /nowhere/temporal');
  });

  test('starts Temporal, its UI, the search attributes and a worker, and ends all of them when told to', async () => {
    const [port, uiPort] = (await freePorts(2)) as [number, number];
    place.env.TEMPORAL_ADDRESS = `127.0.0.1:${port}`;
    const dev = spawn(process.execPath, [join(__dirname, '../../cli/main.js'), 'dev', '--port', `${port}`, '--ui-port', `${uiPort}`, '--json'], {
      cwd: place.folder, env: { ...place.env, HOME: process.env.HOME }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(dev, 'exit');
    let [out, err] = ['', ''];
    dev.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    try {
      await new Promise<void>((resolve, reject) => {
        dev.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()).includes('\n}') && resolve());
        dev.once('exit', () => reject(new Error(`continual dev has ended:\n${err}`)));
      });
      expect(JSON.parse(out)).toMatchObject({ address: `127.0.0.1:${port}`, ui: `http://127.0.0.1:${uiPort}`, taskQueue: 'continual' });
      expect((await fetch(`http://127.0.0.1:${uiPort}`)).status).toBe(200);
      expect((await place.continual('setup', '--json')).json()).toMatchObject({ registered: [], problem: null });
      const run = await place.continual('rollback', 'nothing', '--reason', 'a test');
      expect(run.code).toBe(2);
    } finally {
      dev.kill('SIGTERM');
    }
    expect((await ended)[0]).toBe(0);
    await expect(fetch(`http://127.0.0.1:${uiPort}`)).rejects.toThrow();
  }, 120_000);
});

describe('continual doctor', () => {
  test('finds what is there, and fails only where something needed is missing', async () => {
    // Nothing names a Temporal, so that the usual place is looked at; something else may run there.
    delete place.env.TEMPORAL_ADDRESS;
    const { json } = await place.continual('doctor', '--json');
    const { findings } = json<{ findings: { name: string; state: string; cure: string | null }[] }>();
    const states = Object.fromEntries(findings.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ node: 'ok', tensorflow: 'ok', 'temporal-cli': 'ok', store: 'ok' });
    expect(['absent', 'ok']).toContain(states.temporal);

    const broken = await place.continual('doctor', '--store', `file://${place.file('a-file', '')}/store`);
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/missing +store/);
    expect(broken.out).toContain('missing: store');
  });

  test('fails where the Temporal that was named does not answer', async () => {
    place.env.TEMPORAL_ADDRESS = `127.0.0.1:${(await freePorts(1))[0]}`;
    const { code, out } = await place.continual('doctor');
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`missing +temporal +no Temporal at ${place.env.TEMPORAL_ADDRESS}`));
    expect(out).toContain('missing: temporal');
  });
});
