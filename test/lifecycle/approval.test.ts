import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { AuditEntry, DecisionAnswer } from '../../contracts';
import { startWorld, until, world, type Handle } from './world';

startWorld();

const other = '0'.repeat(64);

const decide = (handle: Handle, input: unknown) => handle.executeUpdate<DecisionAnswer, [unknown]>('decide', { args: [input] });
const trail = (handle: Handle) => handle.query<AuditEntry[]>('approvals');
const trailOf = (handle: Handle, length: number) =>
  until(async () => {
    const entries = await trail(handle);
    return entries.length >= length && entries;
  }, `${length} decisions`);

describe('who is asked', () => {
  test('always: for every challenger, with reasons, a deadline, and its digest', async () => {
    const handle = await world.waiting('always', { when: 'always', deadline: '2d' });
    const { approval, candidate } = await world.status(handle);
    expect(candidate).toBe('1.1.0');
    expect(approval).toMatchObject({ candidate: '1.1.0', digest: (await world.registry.manifest('always', '1.1.0')).digest });
    expect(approval!.because[0]).toBe('the pipeline asks for every challenger');
    expect(Date.parse(approval!.deadline) - Date.parse(approval!.since)).toBe(172_800_000);
    // The reminder comes after half of the time; the timer is Temporal's, so that no worker has to live so long.
    const { events } = await handle.fetchHistory();
    const timers = (events ?? []).flatMap((event) => event.timerStartedEventAttributes ?? []);
    expect(timers.map((timer) => Number(timer.startToFireTimeout?.seconds))).toEqual([86_400]);

    const evidence = await handle.query<string>('evidence');
    expect(evidence).toContain('continual approve always 1.1.0');
    expect(evidence).toContain('fresh');
    await decide(handle, { decision: 'approve', candidate: '1.1.0', by: 'ada', reason: 'looks right' });
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
    expect(await world.registry.champion('always')).toMatchObject({ by: 'ada' });
    expect((await world.status(handle)).approval).toBeNull();
  });

  test('in doubt: nobody for plain evidence, a person for little of it', async () => {
    await world.define('doubt', { approval: { when: 'in-doubt' } });
    world.write('doubt', 0, 300);
    expect(await world.run('doubt')).toMatchObject({ outcome: 'promoted', approvedBy: 'policy' });

    await world.define('doubt', { approval: { when: 'in-doubt' }, gates: { minimumRows: 100 } });
    world.write('doubt', 300, 600);
    const handle = await world.begin('retrain', { pipeline: 'doubt' });
    const { approval } = await world.phase(handle, 'awaiting-approval');
    expect(approval!.because).toEqual([expect.stringContaining('only 60 held-out rows, fewer than 100')]);
    await handle.signal('approve', { candidate: '1.1.1' });
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'unnamed' });
  });

  test('never: not even in doubt', async () => {
    await world.define('never', { gates: { minimumRows: 100 } });
    world.write('never', 0, 300);
    const result = await world.run('never');
    expect(result).toMatchObject({ outcome: 'promoted', approvedBy: 'policy' });
    expect(result.gates).toContainEqual(expect.objectContaining({ gate: 'evidence', outcome: 'doubt' }));
  });
});

describe('the Update decide', () => {
  test('refuses what is malformed with the field and an example, and leaves no trace of it', async () => {
    const handle = await world.waiting('malformed');
    const before = (await handle.fetchHistory()).events!.length;
    const inputs: [unknown, string][] = [
      [undefined, 'decision is missing'],
      [null, 'decision is missing'],
      [{}, 'candidate is missing'],
      ['approve', 'input is "approve"'],
      [{ decision: 'yes', candidate: '1.1.0' }, 'decision is "yes"'],
      [{ decision: 'approve', candidate: 'latest' }, 'candidate is "latest"'],
      [{ decision: 'approve', candidate: '1.1.0', digest: 'abc' }, 'digest is "abc"'],
      [{ decision: 'approve', candidate: '1.1.0', sure: true }, 'sure'],
    ];
    for (const [input, says] of inputs) {
      const error: unknown = await decide(handle, input).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      const { message } = (error as WorkflowUpdateFailedError).cause!;
      expect(message).toContain(says);
      expect(message).toContain('A valid example: {"decision":"approve","candidate":"1.1.4"');
    }
    expect(await world.events(handle, 'workflowExecutionUpdateAccepted')).toBe(0);
    expect((await handle.fetchHistory()).events).toHaveLength(before);
    expect(await trail(handle)).toEqual([]);
    await handle.terminate();
  });

  test('answers what counts for nothing with the reason, and keeps it', async () => {
    const handle = await world.waiting('misdirected');
    const { digest } = (await world.status(handle)).approval!;
    const rejected = await decide(handle, { decision: 'reject', candidate: '1.1.7', by: 'bob' });
    expect(rejected).toEqual({ accepted: false, answer: 'refused: this run waits for a decision on 1.1.0, not on 1.1.7' });
    expect(await decide(handle, { decision: 'approve', candidate: '1.1.0', digest: other })).toEqual({
      accepted: false,
      answer: `refused: 1.1.0 has the digest ${digest}, not ${other}`,
    });
    expect((await world.status(handle)).phase).toBe('awaiting-approval');

    // Both reach the run before it goes on: the first counts, the second is doubled.
    const answers = await Promise.all([
      decide(handle, { decision: 'approve', candidate: '1.1.0', digest, by: 'ada' }),
      decide(handle, { decision: 'reject', candidate: '1.1.0', by: 'bob' }).catch(() => null),
    ]);
    expect(answers.filter((answer) => answer?.accepted)).toHaveLength(1);
    await handle.result();
    const kept = await world.registry.audit('misdirected');
    expect(kept.slice(0, 2)).toMatchObject([
      { channel: 'update', decision: 'reject', candidate: '1.1.7', by: 'bob', accepted: false },
      { channel: 'update', decision: 'approve', candidate: '1.1.0', by: 'unnamed', accepted: false },
    ]);
    expect(kept.filter(({ accepted }) => accepted)).toHaveLength(1);
    expect(kept).toEqual(await trail(handle));
  });

  test('before the run asks, a decision is refused: there is nothing yet that it could be about', async () => {
    await world.define('before', { approval: { when: 'always' }, training: { queue: 'nobody-yet', wait: '1m' } });
    world.write('before', 0, 300);
    const handle = await world.begin('retrain', { pipeline: 'before' });
    await world.phase(handle, 'training');
    expect(await decide(handle, { decision: 'approve', candidate: '1.1.0' })).toEqual({
      accepted: false,
      answer: 'refused: this run does not wait for a decision',
    });
    const trainer = await world.work('nobody-yet', 'training');
    await world.phase(handle, 'awaiting-approval');
    expect(await decide(handle, { decision: 'reject', candidate: '1.1.0', by: 'ada', reason: 'too early' })).toEqual({ accepted: true, answer: 'rejected 1.1.0' });
    expect(await handle.result()).toMatchObject({ outcome: 'rejected', because: 'rejected by ada: too early', candidate: '1.1.0', champion: null });
    await trainer.stop();
  });

  test('a rejected challenger is kept as refused, and its rows come again', async () => {
    expect(await world.registry.refusal('before', '1.1.0')).toEqual(['rejected by ada: too early']);
    expect((await world.registry.versions('before')).map(({ version, state }) => `${version} ${state}`)).toEqual(['1.1.0 refused']);
    expect(await world.registry.champion('before')).toBeNull();
    await world.define('before');
    expect(await world.run('before')).toMatchObject({ outcome: 'promoted', candidate: '1.2.0', newRows: 300 });
  });
});

describe('the Signals approve and reject', () => {
  test('never fail a run or block it, whatever they carry, and are kept', async () => {
    const handle = await world.waiting('signals');
    const payloads: unknown[][] = [[], [null], [{}], ['1.1.0'], [[1]], [{ candidate: 7 }], [{ candidate: '1.1.0', extra: 1 }], [{ candidate: '1.1.9' }], [{ candidate: '1.1.0', digest: other }]];
    for (const name of ['approve', 'reject']) for (const args of payloads) await handle.signal(name, ...args);
    const entries = await trailOf(handle, 2 * payloads.length);
    expect(entries).toHaveLength(2 * payloads.length);
    expect(entries.every(({ accepted, channel }) => !accepted && channel === 'signal')).toBe(true);
    expect(entries.filter(({ decision }) => decision === 'malformed')).toHaveLength(2 * 7);
    expect(entries[0]!.answer).toContain('candidate is missing');
    expect(entries[0]!.answer).toContain('A valid example: {"candidate":"1.1.4"');
    expect(entries[3]!.answer).toContain('input is "1.1.0"');
    expect(entries[7]).toMatchObject({ decision: 'approve', candidate: '1.1.9', answer: 'refused: this run waits for a decision on 1.1.0, not on 1.1.9' });
    expect(await world.events(handle, 'workflowTaskFailed')).toBe(0);
    expect((await world.status(handle)).phase).toBe('awaiting-approval');

    await handle.signal('approve', { candidate: '1.1.0', by: 'ada' });
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
    const kept = await world.registry.audit('signals', '1.1.0');
    expect(kept).toHaveLength(entries.length + 1);
    expect(kept).toEqual(await trail(handle));
  });

  test('a Signal in the other encoding of Temporal’s UI counts, and one that is no JSON is refused', async () => {
    const handle = await world.waiting('encoded');
    const send = (encoding: string, data: string) =>
      world.client.workflowService.signalWorkflowExecution({
        namespace: 'default', workflowExecution: { workflowId: handle.workflowId }, signalName: 'approve', requestId: encoding + data,
        input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
      });
    await send('json/plain', 'approve it');
    await send('json/protobuf', '{"candidate":');
    const entries = await trailOf(handle, 2);
    expect(entries.map(({ decision }) => decision)).toEqual(['malformed', 'malformed']);
    expect(entries[0]!.answer).toContain('a payload that is no JSON: no such field');
    await send('json/protobuf', JSON.stringify({ candidate: '1.1.0', by: 'ada' }));
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
    expect(await world.events(handle, 'workflowTaskFailed')).toBe(0);
  });

  test('of two decisions in one breath the first counts, and the second is told so', async () => {
    const handle = await world.waiting('doubled');
    await handle.signal('reject', { candidate: '1.1.0', by: 'bob', reason: 'no' });
    await handle.signal('approve', { candidate: '1.1.0', by: 'ada' });
    expect(await handle.result()).toMatchObject({ outcome: 'rejected', because: 'rejected by bob: no' });
    const [first, second] = await world.registry.audit('doubled');
    expect(first).toMatchObject({ decision: 'reject', accepted: true, answer: 'rejected 1.1.0' });
    // The second may come when the run has closed already; then the client got Temporal's NotFound.
    if (second) expect(second).toMatchObject({ accepted: false, answer: 'refused: 1.1.0 is decided already (reject by bob)' });
  });

  test('after the run has closed, Signals and Updates get NotFound', async () => {
    await world.define('closed');
    world.write('closed', 0, 300);
    const handle = await world.begin('retrain', { pipeline: 'closed' });
    await handle.result();
    await expect(handle.signal('approve', { candidate: '1.1.0' })).rejects.toThrow(WorkflowNotFoundError);
    await expect(decide(handle, { decision: 'approve', candidate: '1.1.0' })).rejects.toThrow(WorkflowNotFoundError);
    expect((await world.status(handle)).outcome).toBe('promoted');
  });
});

test('Signals by the hundred and of thousands of fields neither block a run nor end it', async () => {
  const handle = await world.waiting('flooded');
  const odd = Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`field${i}`, i]));
  for (const name of ['approve', 'reject', 'approve']) await handle.signal(name, odd);
  await Promise.all(Array.from({ length: 400 }, (_, i) => handle.signal('approve', { candidate: '9.9.9', by: `script ${i}`, reason: 'x'.repeat(900) })));
  await handle.signal('approve', { candidate: '1.1.0', by: 'ada' });
  expect(await handle.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
  const entries = await world.registry.audit('flooded', '1.1.0');
  expect([entries.length, entries.filter(({ accepted }) => accepted).length]).toEqual([404, 1]);
  expect(entries.find(({ decision }) => decision === 'malformed')!.answer).toMatch(/field0: no such field.*and 11995 more/);
});

test('a run that is cancelled while it waits keeps the decisions that reached it', async () => {
  const handle = await world.waiting('cancelled');
  await decide(handle, { decision: 'approve', candidate: '1.1.9', by: 'ada' });
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(await world.registry.audit('cancelled', '1.1.0')).toMatchObject([{ candidate: '1.1.9', by: 'ada', accepted: false }]);
  expect(await world.registry.champion('cancelled')).toBeNull();
});

test('a run that is cancelled while it promotes ends as promoted: what the world may have seen is not taken back', async () => {
  const handle = await world.waiting('cancelled-late');
  await world.withoutAliases('cancelled-late', async () => {
    await handle.signal('approve', { candidate: '1.1.0' });
    await world.phase(handle, 'promoting');
    await handle.cancel();
  });
  expect(await handle.result()).toMatchObject({ outcome: 'promoted' });
  expect((await handle.describe()).status.name).toBe('COMPLETED');
  expect((await world.registry.champion('cancelled-late'))?.to).toBe('1.1.0');
});

test('who approves can name suites that need not be remembered any more', async () => {
  await world.define('retire');
  for (const from of [0, 300]) {
    world.write('retire', from, from + 300);
    await world.run('retire');
  }
  await world.define('retire', { approval: { when: 'always' } });
  world.write('retire', 600, 900);
  const handle = await world.begin('retrain', { pipeline: 'retire' });
  await world.phase(handle, 'awaiting-approval');
  await decide(handle, { decision: 'approve', candidate: '1.1.2', retire: ['1.1.0'] });
  await handle.result();
  expect((await world.registry.champion('retire'))!.suites.map(({ name }) => name)).toEqual(['1.1.1', '1.1.2']);
});
