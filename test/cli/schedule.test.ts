import { Client, Connection } from '@temporalio/client';
import { startTemporal, type TemporalServer } from '../setup/temporal';
import { firstPipeline, Workplace } from './support';

const place = new Workplace();
let server: TemporalServer;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  server = await startTemporal();
  place.env.TEMPORAL_ADDRESS = server.address;
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
  place.remove();
});

const describeIt = () => client.schedule.getHandle('continual-electricity').describe();
const applyFile = async (schedule: string) => {
  place.file('pipeline.yaml', `${firstPipeline}${schedule}\n`);
  expect((await place.continual('apply', 'pipeline.yaml')).code).toBe(0);
};

describe('continual schedule', () => {
  test('a pipeline without a schedule is told what to write', async () => {
    await applyFile('');
    const { code, err } = await place.continual('schedule', 'apply', 'electricity');
    expect(code).toBe(2);
    expect(err).toContain('schedule: { cron: "0 6 * * MON" }');
  });

  test('apply makes a schedule that runs one at a time, and applying the same again changes nothing', async () => {
    await applyFile('schedule: { cron: "0 6 * * MON", timezone: Australia/Sydney, jitter: 30s, catchUp: 2h }');
    const made = await place.continual('schedule', 'apply', 'electricity', '--task-queue', 'models', '--json');
    expect(made.json()).toMatchObject({ applied: 'created', scheduleId: 'continual-electricity', paused: false });
    const { spec, policies, action } = await describeIt();
    expect(spec).toMatchObject({ timezone: 'Australia/Sydney', jitter: 30_000, calendars: [{ hour: [{ start: 6 }], dayOfWeek: [{ start: 'MONDAY' }] }] });
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 7_200_000 });
    expect(action).toMatchObject({ workflowType: 'retrain', workflowId: 'retrain-electricity', taskQueue: 'models', args: [{ pipeline: 'electricity' }] });
    expect((await place.continual('schedule', 'apply', 'electricity', '--task-queue', 'models', '--json')).json()).toMatchObject({ applied: 'unchanged' });
  });

  test("applying a change keeps an operator's pause and its note", async () => {
    const paused = await place.continual('schedule', 'pause', 'electricity', '--reason', 'the meters are being changed', '--json');
    expect(paused.json()).toMatchObject({ paused: true, note: 'the meters are being changed', next: null });
    await applyFile('schedule: { every: 6h, jitter: 5s }');
    const { json } = await place.continual('schedule', 'apply', 'electricity', '--json');
    expect(json()).toMatchObject({ applied: 'updated', paused: true, note: 'the meters are being changed' });
    const { spec, state } = await describeIt();
    expect(spec).toMatchObject({ calendars: [], intervals: [{ every: 21_600_000 }], jitter: 5_000 });
    expect(state).toMatchObject({ paused: true, note: 'the meters are being changed' });
    expect((await place.continual('schedule', 'apply', 'electricity', '--json')).json()).toMatchObject({ applied: 'unchanged', paused: true });
  });

  test('list shows the pause, and resume ends it', async () => {
    const listed = await place.continual('schedule', 'list');
    expect(listed.out).toMatch(/electricity +paused +- .*the meters are being changed/);
    const resumed = await place.continual('schedule', 'resume', 'electricity', '--json');
    expect(resumed.json()).toMatchObject({ paused: false, next: expect.stringMatching(/^\d{4}-/) });
    expect((await place.continual('schedule', 'list', '--json')).json()).toMatchObject({ schedules: [{ pipeline: 'electricity', paused: false }] });
  });

  test('an option that is empty is as one that is left out', async () => {
    expect((await place.continual('schedule', 'apply', 'electricity', '--task-queue', '')).code).toBe(0);
    expect((await describeIt()).action).toMatchObject({ taskQueue: 'continual' });
    for (const reason of ['', '  ']) {
      const paused = await place.continual('schedule', 'pause', 'electricity', '--reason', reason, '--json');
      expect(paused.json()).toMatchObject({ paused: true, note: 'paused by continual schedule pause', next: null });
      await place.continual('schedule', 'resume', 'electricity');
    }
  });

  test('a note cannot steer the terminal; a JSON document has it as it is', async () => {
    const reason = 'wait\u001b[2J\u202e!\nsecond line';
    const paused = await place.continual('schedule', 'pause', 'electricity', '--reason', reason);
    expect(paused.out).toContain('electricity: paused (wait[2J!\nsecond line)');
    expect((await place.continual('schedule', 'list')).out).toMatch(/ {2}wait\[2J! second line\n$/);
    expect((await place.continual('schedule', 'list', '--json')).json()).toMatchObject({ schedules: [{ note: reason }] });
    await place.continual('schedule', 'resume', 'electricity');
  });

  test('trigger starts a run now, and is refused while that is in progress', async () => {
    expect((await place.continual('schedule', 'trigger', 'electricity', '--json')).json()).toMatchObject({ triggered: true });
    const until = Date.now() + 10_000;
    while ((await describeIt()).info.runningActions.length === 0 && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
    const again = await place.continual('schedule', 'trigger', 'electricity');
    expect(again.code).toBe(3);
    expect(again.out).toMatch(/refused, retrain-electricity-.* is in progress/);
  });

  test('a cron expression that Temporal does not know is refused with what it says', async () => {
    await applyFile('schedule: { cron: "61 * * *" }');
    const { code, err } = await place.continual('schedule', 'apply', 'electricity');
    expect(code).toBe(2);
    expect(err).toContain('CronString');
    expect((await describeIt()).spec.intervals).toHaveLength(1);
  });

  test('remove takes it away, and what is not there is named', async () => {
    expect((await place.continual('schedule', 'remove', 'electricity')).code).toBe(0);
    await expect(describeIt()).rejects.toThrow();
    const { code, err } = await place.continual('schedule', 'pause', 'electricity');
    expect(code).toBe(2);
    expect(err).toContain('continual schedule apply electricity');
  });
});
