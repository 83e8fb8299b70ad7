import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { lifecycleActivities } from '../../activities/lifecycle';
import type { TrainingActivities, LifecycleActivities } from '../../activities/types';
import { pipelineSchema, searchAttributeNames, type AuditEntry, type TrainingProgress } from '../../contracts';
import { publishNew, promote } from '../registry/fixtures';
import { startTemporal, type TemporalServer } from '../setup/temporal';
import { Workplace } from './support';

const place = new Workplace();
const { registry } = place;
const electricity = pipelineSchema.parse({
  name: 'electricity', source: { files: '/data/elec2.csv.gz', time: 'time' }, label: { column: 'up' }, model: { mlp: [8] }, approval: { when: 'always' },
});
const digest = 'ab'.repeat(32);
const progress: TrainingProgress = { epoch: 2, epochs: 3, step: 40, steps: 120, loss: 0.4321, rowsPerSecond: 12_000, secondsLeft: 75 };
let server: TemporalServer;
let connection: Connection;
let client: Client;
let trainingMayEnd: () => void;
const trained = new Promise<void>((resolve) => (trainingMayEnd = resolve));

/** The real workflow on a real server with the real light steps; only what reads rows and trains is short. */
const steps: LifecycleActivities & Pick<TrainingActivities, 'train' | 'evaluate'> = {
  ...lifecycleActivities({ registry }),
  pull: async () => ({ digest, schemaVersion: 1, read: 512, rows: 500, duplicates: 0, quarantined: { 'time: not a time': 2, 'up: missing': 10 }, first: '1996-05-07T00:00:00Z', last: '1996-05-17T00:00:00Z', absent: ['day_ahed'] }),
  async train({ version }) {
    const beat = setInterval(() => Context.current().heartbeat(progress), 200);
    await trained.finally(() => clearInterval(beat));
    return { version, digest, mode: 'stateless', strategy: 'replay', memory: { bytes: 9600, rows: 400 }, rows: 400, steps: 120, seconds: 1, loss: 0.4, backend: 'native', reproducible: true };
  },
  evaluate: async () => ({
    fresh: { rows: 500, champion: null, challenger: 0.8, difference: null }, suites: [], loss: { rows: 500, mean: 0.2, upper: 0.25 },
    persistence: 0.85, kappaTemporal: -0.1, sanity: { finite: true, predicted: 2, present: 2 },
  }),
  promote: async ({ version }) => ({ moved: true, revision: 1, champion: version }),
};

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await startTemporal();
  place.env.TEMPORAL_ADDRESS = server.address;
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  await registry.apply(electricity);
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
  place.remove();
});

const statusUntil = async (found: (text: string) => boolean): Promise<string> => {
  for (const until = Date.now() + 20_000; ; await new Promise((done) => setTimeout(done, 200))) {
    const { out } = await place.continual('status', 'electricity');
    if (found(out) || Date.now() > until) return out;
  }
};

describe('without a worker', () => {
  test('start says that nobody polls the queue, and with which command to change that', async () => {
    const { code, err, json } = await place.continual('start', 'electricity', '--task-queue', 'empty', '--json');
    expect(code).toBe(0);
    expect(json()).toMatchObject({ workflowId: expect.stringMatching(/^retrain-electricity-\d{8}T\d{6}$/), taskQueue: 'empty' });
    expect(json<{ ui: string }>().ui).toContain('/namespaces/default/workflows/retrain-electricity-');
    expect(err).toContain('no worker polls the task queue empty; start one with: continual worker --task-queue empty');
  });

  test('status says it too, instead of hanging, and still knows whose run it is', async () => {
    const began = Date.now();
    const out = await statusUntil((text) => text.includes('no worker'));
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(out).toContain('electricity: no champion yet');
    expect(out).toContain('no worker polls the task queue empty');
  });

  test('a run whose input is no pipeline of ours is listed, and hides none of the others', async () => {
    const handle = await client.workflow.start('retrain', { workflowId: 'odd', taskQueue: 'empty', args: [{ pipeline: 'My_Pipe v2' }] });
    const { code, out } = await place.continual('status');
    expect(code).toBe(0);
    expect(out).toContain('electricity: no champion yet');
    await handle.terminate('for this test');
  });

  test('a pipeline whose champion cannot be read hides no other', async () => {
    const text = JSON.stringify({ ...JSON.parse(Buffer.from((await registry.store.get('pipelines/electricity/00000001.json'))!).toString()), name: 'broken' }, null, 2);
    await registry.store.put('pipelines/broken/00000001.json', Buffer.from(text));
    await registry.store.put('aliases/broken/champion/00000001.json', Buffer.from('{'));
    const { code, out } = await place.continual('status');
    expect(code).toBe(0);
    expect(out).toContain('electricity: no champion yet');
    expect(out).toContain('broken: aliases/broken/champion/00000001.json: is not JSON; restore the object');
    for (const key of await registry.store.list('pipelines/broken/')) await registry.store.remove(key);
    await registry.store.remove('aliases/broken/champion/00000001.json');
  });

  test('an approval for a candidate that nobody has lists what waits', async () => {
    const { code, err } = await place.continual('approve', 'electricity', '9.9.9');
    expect(code).toBe(2);
    expect(err).toContain('electricity has no candidate 9.9.9. Nothing waits for a decision');
  });

  test('an approval after the run has ended is refused and kept in the audit log', async () => {
    const handle = await client.workflow.start('retrain', { workflowId: 'retrain-electricity-ended', taskQueue: 'empty', args: [{ pipeline: 'electricity' }] });
    const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const candidate = await registry.reserve('electricity', { mode: 'stateless', parent: null, run });
    await handle.terminate('for this test');
    const { code, out } = await place.continual('approve', 'electricity', candidate, '--reason', 'too late', '--by', 'ada');
    expect(code).toBe(3);
    expect(out).toContain(`refused: the run of ${candidate}, retrain-electricity-ended, has ended`);
    await place.continual('reject', 'electricity', candidate);
    const entries = await registry.audit('electricity', candidate);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({ channel: 'command', decision: 'approve', candidate, by: 'ada', reason: 'too late', accepted: false });
    const { out: shown } = await place.continual('audit', 'electricity', candidate);
    expect(shown).toMatch(/approve +no +ada +command/);
  });

  test('an approval whose run this Temporal does not know is refused, and says where else it may run', async () => {
    const candidate = await registry.reserve('electricity', { mode: 'stateless', parent: null, run: { workflowId: 'retrain-electricity-gone', runId: '5e0c1d5e-0000-4000-8000-000000000000' } });
    const { code, out } = await place.continual('approve', 'electricity', candidate);
    expect(code).toBe(3);
    expect(out).toMatch(/is not known to the Temporal at 127\.0\.0\.1:\d+, namespace default: it ended long ago, or runs elsewhere \(TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE\)/);
    expect(await registry.audit('electricity', candidate)).toHaveLength(1);
  });

  test('start --wait says that a run was terminated', async () => {
    let ended = false;
    const waiting = place.continual('start', 'electricity', '--wait', '--task-queue', 'empty').finally(() => (ended = true));
    for (const until = Date.now() + 10_000; !ended && Date.now() < until; await new Promise((done) => setTimeout(done, 200))) {
      const runs = client.workflow.list({ query: `ExecutionStatus='Running' AND TaskQueue='empty'` });
      for await (const { workflowId } of runs) await client.workflow.getHandle(workflowId).terminate('wrong day').catch(() => undefined);
    }
    const { code, err } = await waiting;
    expect(code).toBe(1);
    expect(err).toMatch(/retrain-electricity-\S+ was terminated: wrong day/);
    expect(await statusUntil((text) => text.includes('the last run ended'))).toMatch(/^ {2}the last run ended [\dT:-]+Z: terminated: wrong day$/m);
  });

  test("a run of a pipeline whose name only begins the same is not taken for this one's", async () => {
    await (await client.workflow.start('retrain', { workflowId: 'retrain-electricity-west-20260131T120000', taskQueue: 'empty', args: [{ pipeline: 'electricity-west' }] })).terminate('another');
    await new Promise((done) => setTimeout(done, 1_000));
    expect((await place.continual('status', 'electricity')).out).toContain('terminated: wrong day');
  });
});

describe('with a worker', () => {
  let worker: Worker;
  let running: Promise<void>;
  let native: NativeConnection;
  let candidate: string;
  let followed: ReturnType<Workplace['begin']>;

  beforeAll(async () => {
    native = await NativeConnection.connect({ address: server.address });
    worker = await Worker.create({
      connection: native, taskQueue: 'continual', workflowsPath: require.resolve('../../workflows'), activities: steps, maxHeartbeatThrottleInterval: '200ms',
    });
    running = worker.run();
  }, 120_000);
  afterAll(async () => {
    worker?.shutdown();
    await running;
    await native?.close();
  });

  test('status shows the progress of a training from its heartbeats', async () => {
    followed = place.begin('start', 'electricity', '--wait');
    const out = await statusUntil((text) => text.includes('epoch'));
    expect(out).toContain('stateless: there is no champion yet');
    expect(out).toContain('epoch 2/3, step 40/120, loss 0.4321, 12000 rows/s, 1 min 15 s left');
    candidate = /training (\d+\.\d+\.\d+)/.exec(out)![1]!;
  });

  test('status shows what waits for a decision, why, until when, and the command', async () => {
    trainingMayEnd();
    const out = await statusUntil((text) => text.includes('waits for a decision'));
    expect(out).toContain(`${candidate} waits for a decision until`);
    expect(out).toContain('because: the pipeline asks for every challenger');
    expect(out).toContain(`continual approve electricity ${candidate}`);
    const { json } = await place.continual('status', '--json');
    expect(json()).toMatchObject({ pipelines: [{ pipeline: 'electricity', runs: [{ status: { phase: 'awaiting-approval', approval: { candidate, digest } } }] }] });
  });

  test('an approval of another digest is refused with status 3', async () => {
    const { code, out } = await place.continual('approve', 'electricity', candidate, '--digest', 'cd'.repeat(32));
    expect(code).toBe(3);
    expect(out).toContain(`refused: ${candidate} has the digest ${digest}`);
  });

  test('an unknown candidate is answered with the one that waits', async () => {
    expect((await place.continual('reject', 'electricity', '7.7.7')).err).toContain(`Waiting for a decision: ${candidate}`);
  });

  test('an approval counts once, and the followed run ends with its result', async () => {
    const phase = /^retrain-electricity-\d{8}T\d{6} {2}(resolving|training|awaiting-approval)/m;
    while (!phase.test(followed.said())) await new Promise((done) => setTimeout(done, 50));
    const { code, json } = await place.continual('approve', 'electricity', candidate, '--reason', 'looks right', '--by', 'ada', '--json');
    expect(code).toBe(0);
    expect(json()).toEqual({ pipeline: 'electricity', candidate, accepted: true, answer: `approved ${candidate}` });
    const ended = await followed.answer;
    expect(ended.code).toBe(0);
    expect(ended.out).toContain(`electricity: promoted ${candidate}`);
    expect(ended.out).toContain('approved by ada');
    expect(ended.out).toContain('\n12 rows set aside: up: missing (10), time: not a time (2)\nfeatures.exclude names day_ahed, which the rows do not have\n');
    expect((await place.continual('approve', 'electricity', candidate)).code).toBe(3);
    const { entries } = (await place.continual('audit', 'electricity', candidate, '--json')).json<{ entries: AuditEntry[] }>();
    expect(entries.map(({ channel, accepted }) => `${channel} ${accepted}`)).toEqual(['update false', 'update true', 'command false']);
  });

  test('watching ends by itself once no run is left', async () => {
    const { code, out } = await place.continual('status', 'electricity', '--watch');
    expect(code).toBe(0);
    expect(out).toContain('no run in progress');
    expect(await statusUntil((text) => text.includes('promoted'))).toMatch(new RegExp(`the last run ended [\\dT:-]+Z: promoted ${candidate}: there is no champion yet`));
  });

  test('status says that the last run failed, and why, in one line', async () => {
    await client.workflow.start('retrain', { workflowId: 'retrain-electricity-2099-01-31T06:00:00Z', taskQueue: 'continual', args: [{ pipeline: 'electricity', until: 'Monday' }] });
    expect(await statusUntil((text) => text.includes('failed'))).toMatch(/^ {2}the last run ended [\dT:-]+Z: failed: retrain: until is "Monday": a time such as .*$/m);
    expect((await place.continual('status', '--json')).json()).toMatchObject({
      pipelines: [{ pipeline: 'electricity', last: { workflowId: 'retrain-electricity-2099-01-31T06:00:00Z', outcome: 'failed', because: expect.stringContaining('Monday') } }],
    });
  });

  test("a step's failure becomes the command's message, with the status of its kind", async () => {
    const { code, err } = await place.continual('rollback', 'electricity', '--reason', 'a test');
    expect(code).toBe(2);
    expect(err).toMatch(/^continual: rollback-electricity-\d{8}T\d{6} failed: rollBack: .*no champion to roll back from/m);
  });

  test('status and approve say that another version became champion while a run waited', async () => {
    const { workflowId } = (await place.continual('start', 'electricity', '--json')).json<{ workflowId: string }>();
    const waiting = await statusUntil((text) => text.includes('waits for a decision'));
    expect(waiting).not.toContain('became champion');
    const [, second] = /(\S+) waits for a decision/.exec(waiting)!;
    const other = await publishNew(registry, null);
    await promote(registry, 0, other);
    const warning = `${other.version} became champion meanwhile; this run will be superseded`;
    expect((await place.continual('status', 'electricity')).out).toContain(`    ${warning}\n`);
    expect((await place.continual('status', '--json')).json()).toMatchObject({ pipelines: [{ runs: [{ workflowId, overtakenBy: other.version }] }] });
    const { code, out, err } = await place.continual('approve', 'electricity', second!);
    expect([code, out, err]).toEqual([0, `approved ${second}\n`, `${warning}\n`]);
  });
});

describe('setup', () => {
  test('names a namespace that is not there', async () => {
    place.env.TEMPORAL_NAMESPACE = 'nowhere';
    const { code, err } = await place.continual('setup');
    delete place.env.TEMPORAL_NAMESPACE;
    expect(code).toBe(2);
    expect(err).toBe('continual: there is no namespace nowhere; name another with TEMPORAL_NAMESPACE\n');
  });

  test('registers the search attributes once', async () => {
    const first = (await place.continual('setup', '--json')).json();
    expect(first).toMatchObject({ namespace: 'default', registered: searchAttributeNames, existing: [], problem: null });
    for (const until = Date.now() + 10_000; Date.now() < until; ) {
      const again = (await place.continual('setup', '--json')).json<{ existing: string[] }>();
      if (again.existing.length === searchAttributeNames.length) return;
    }
    throw new Error('the search attributes were not registered');
  });
});
