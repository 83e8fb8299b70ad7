import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ChangeLog } from '../../cli/change-log';
import type { RunView } from '../../cli/runs';
import { promote, publishNew } from '../registry/fixtures';
import { freePort } from '../setup/ports';
import { firstPipeline, Workplace } from './support';

const place = new Workplace();
const commands = ['dev', 'apply', 'explain', 'start', 'status', 'approve', 'reject', 'versions', 'history', 'audit', 'rollback', 'serve', 'worker', 'setup', 'doctor'];
beforeAll(async () => {
  place.file('pipeline.yaml', firstPipeline);
  await place.continual('apply', 'pipeline.yaml');
});
afterAll(() => place.remove());

const run = (progress: RunView['progress'], phase: 'training' | 'evaluating'): RunView => ({
  workflowId: 'retrain-electricity', runId: 'r', taskQueue: 'q', started: '2026-01-31T12:00:00Z', pipeline: 'electricity', problem: null, progress, steps: [],
  status: { phase, pipeline: 'electricity', champion: null, candidate: '1.1.0', decision: null, approval: null, outcome: null },
});

test('a log says a change of phase at once, and mere progress only now and then', () => {
  const lines: string[] = [];
  const log = new ChangeLog((line) => lines.push(line));
  const at = (step: number) => run({ epoch: 1, epochs: 1, step, steps: 100, loss: 0.5, rowsPerSecond: 10, secondsLeft: 3 }, 'training');
  for (const view of [at(1), at(2), at(3), run(null, 'evaluating'), run(null, 'evaluating')]) log.show([view]);
  expect(lines).toEqual([
    'retrain-electricity  training 1.1.0 · epoch 1/1, step 1/100, loss 0.5000, 10 rows/s, 3 s left',
    'retrain-electricity  evaluating 1.1.0',
  ]);
});

describe('what comes from anywhere cannot steer the terminal', () => {
  const written = 'looks\u001b]0;mine\u0007 right\u009b2J\r\u202e\u2066\u200f\u061c';
  const read = 'looks]0;mine right2J';

  test("in a result's text, and its JSON document has it as it is", async () => {
    const target = await publishNew(place.registry, null);
    await promote(place.registry, 0, target, { reason: `${written}\nand more` });
    expect((await place.continual('history', 'electricity')).out).toMatch(new RegExp(`  ${read.replace(']', '\\]')} and more\n$`));
    expect((await place.continual('history', 'electricity', '--json')).json()).toMatchObject({ moves: [{ reason: `${written}\nand more` }] });
    expect((await place.continual('history', 'electricity', '--at', '2999-01-01')).out).toContain(`(promotion by policy: ${read}\nand more)`);
  });

  test('in an error', async () => {
    expect((await place.continual('explain', `${written}.yaml`)).err).toContain(`continual: ${read}.yaml is neither a file nor`);
    const { json } = await place.continual('explain', `${written}.yaml`, '--json');
    expect(json()).toMatchObject({ error: { message: expect.stringContaining(written) } });
  });

  test('in a hint, while all other letters stay', async () => {
    place.file('own.yaml', firstPipeline.replace('electricity', 'own') + `learning: { strategy: ${JSON.stringify(`價格 é😀${written}`)} }\n`);
    expect((await place.continual('apply', 'own.yaml')).err).toContain(`learning.strategy is 價格 é😀${read}, which is not built in`);
  });
});

describe('usage', () => {
  test('the program itself runs, lists its commands and documents its exit codes', () => {
    const run = spawnSync(process.execPath, [join(__dirname, '../../cli/main.js'), '--help'], { encoding: 'utf8' });
    expect(run.status).toBe(0);
    for (const command of [...commands, 'schedule', 'surgery']) expect(run.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(run.stdout).toContain('0 done, 1 failed, 2 invalid input or usage, 3 refused, 4');
  });

  test.each([...commands, 'surgery plan', ...['apply', 'list', 'pause', 'resume', 'trigger', 'remove'].map((name) => `schedule ${name}`)])(
    'continual %s --help shows examples, exit codes and --json',
    async (command) => {
      const { code, out } = await place.continual(...command.split(' '), '--help');
      expect(code).toBe(0);
      expect(out).toContain(`$ continual ${command}`);
      expect(out).toContain('--json');
      expect(out).toContain('Exit codes:');
    },
  );

  test('an unknown command is refused with the one that may be meant', async () => {
    const { code, err } = await place.continual('aply', 'x.yaml');
    expect(code).toBe(2);
    expect(err).toContain("unknown command 'aply'");
    expect(err).toContain('apply');
    expect(err).toContain('see: continual --help');
  });

  test('a missing reason for a rollback is named', async () => {
    const { code, err } = await place.continual('rollback', 'electricity');
    expect(code).toBe(2);
    expect(err).toContain('--reason');
    const blank = await place.continual('rollback', 'electricity', '--reason', '   ');
    expect(blank.code).toBe(2);
    expect(blank.err).toContain('reason is "   ": at least 1 letter');
  });

  test('wrong usage of a command leads to its own help', async () => {
    expect((await place.continual('approve', 'electricity')).err).toContain('see: continual approve --help\n');
    expect((await place.continual('schedule', 'pause')).err).toContain('see: continual schedule pause --help\n');
  });

  test('a malformed candidate is refused before anything is asked', async () => {
    const { code, err } = await place.continual('approve', 'electricity', 'latest');
    expect(code).toBe(2);
    expect(err).toBe('continual: approve: candidate is "latest": architecture.full.update, such as 1.1.4\n');
  });

  test('a store that is no URI is refused with the URI that is meant', async () => {
    const { code, err } = await place.continual('versions', 'electricity', '--store', '/var/lib/models');
    expect(code).toBe(2);
    expect(err).toContain('file:///var/lib/models');
  });

  test('a Temporal that is not there is said within seconds, with the cure', async () => {
    place.env.TEMPORAL_ADDRESS = `127.0.0.1:${await freePort()}`;
    const began = Date.now();
    const { code, err } = await place.continual('status');
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(code).toBe(4);
    expect(err).toBe(`continual: no Temporal at ${place.env.TEMPORAL_ADDRESS}; start one with: continual dev, or set TEMPORAL_ADDRESS\n`);
  });

  test("a profile that Temporal's configuration does not have is named", async () => {
    place.env.TEMPORAL_PROFILE = 'nowhere';
    const missing = await place.continual('status');
    delete place.env.TEMPORAL_PROFILE;
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('nowhere');
  });

  test('a date alone is taken as a time', async () => {
    expect((await place.continual('start', 'electricity', '--until', '1996-08-01')).err).toContain('no Temporal at');
  });

  test("a bucket's name that is none is refused with what it must be", async () => {
    const { code, err } = await place.continual('versions', 'electricity', '--store', 's3://x/y');
    expect(code).toBe(2);
    expect(err).toContain("S3 address s3://x/y: s3://bucket/prefix was expected; a bucket's name has 3 to 63 lower-case letters");
  });

  test('a log level that is none is refused with those that there are', async () => {
    place.env.LOG_LEVEL = 'loud';
    const { code, err } = await place.continual('serve', 'electricity');
    delete place.env.LOG_LEVEL;
    expect(code).toBe(2);
    expect(err).toBe('continual: LOG_LEVEL is loud: one of fatal, error, warn, info, debug, trace, silent was expected\n');
  });

  test.each([['', 'empty'], [' ', 'empty'], ['80a', '80a'], ['65536', '65536']])('the port "%s" is refused', async (port, shown) => {
    const { code, err } = await place.continual('serve', 'electricity', '--port', port);
    expect(code).toBe(2);
    expect(err).toBe(`continual: --port is ${shown}: a port from 0 to 65535 was expected\n`);
  });

  test('an unknown pipeline is not started, and the known ones are listed', async () => {
    const { code, err } = await place.continual('start', 'electrcity');
    expect(code).toBe(2);
    expect(err).toContain('Known: electricity');
  });

  test('a time that is none is refused before a run is started', async () => {
    expect((await place.continual('start', 'electricity', '--until', 'May')).err).toBe('continual: start: until is "May": a time such as 1996-08-01T00:00:00Z\n');
    expect((await place.continual('start', 'electricity', '--until', '1996-02-31')).err).toContain('until is "1996-02-31T00:00:00Z": a time');
    for (const at of ['May', '2026-02-31', '2026-01-31 25:00']) expect((await place.continual('history', 'electricity', '--at', at)).err).toContain(`--at is ${at}`);
    for (const at of ['2026-01-31 12:00', '2026-01-31T12:00', '2026-01-31T12:00:00Z', '2026-01-31T14:00:00+02:00'])
      expect((await place.continual('history', 'electricity', '--at', at, '--json')).json()).toMatchObject({ at: '2026-01-31T12:00:00.000Z' });
  });
});
