import { startWorld, until, world } from './world';

startWorld();

describe('at the deadline', () => {
  test.each([['approve', 'promoted'], ['reject', 'rejected']] as const)('the pipeline says %s: the challenger is %s, and the trail says who decided', async (atDeadline, outcome) => {
    const pipeline = `deadline-${atDeadline}`;
    const handle = await world.waiting(pipeline, { when: 'always', deadline: '2s', reminder: '500ms', atDeadline });
    expect(await handle.result()).toMatchObject({ outcome });
    expect(await world.registry.audit(pipeline)).toMatchObject([
      { channel: 'deadline', decision: atDeadline, candidate: '1.1.0', by: 'deadline', reason: 'nobody decided within 2s', accepted: true },
    ]);
    // The reminder first, then the rest of the time.
    const { events } = await handle.fetchHistory();
    const waits = (events ?? []).flatMap((event) => event.timerStartedEventAttributes ?? []).map(({ startToFireTimeout }) => Number(startToFireTimeout?.seconds) * 1000 + (startToFireTimeout?.nanos ?? 0) / 1e6);
    expect(waits[0]).toBe(500);
    expect(waits[1]).toBeGreaterThan(500);
    expect(waits[1]).toBeLessThanOrEqual(1500);
    expect((await world.registry.champion(pipeline))?.to ?? null).toBe(atDeadline === 'approve' ? '1.1.0' : null);
  });

  test('it does not move where no worker was there to take the reminder', async () => {
    await world.define('late', { approval: { when: 'always', deadline: '6s', reminder: '1s', atDeadline: 'reject' }, training: { queue: 'approval-trainers' } });
    world.write('late', 0, 300);
    const [trainers, first] = await Promise.all([world.work('approval-trainers', 'training'), world.work('late-queue', 'lifecycle')]);
    const handle = await world.beginOn('late-queue', 'retrain', { pipeline: 'late' });
    const { approval } = await world.phase(handle, 'awaiting-approval');
    await first.stop();
    await new Promise((done) => setTimeout(done, 4000));
    const second = await world.work('late-queue', 'lifecycle');
    expect(await handle.result()).toMatchObject({ outcome: 'rejected' });
    const [decided] = await world.registry.audit('late', '1.1.0');
    const late = Date.parse(decided!.at) - Date.parse(approval!.deadline);
    expect(late).toBeGreaterThanOrEqual(-50);
    expect(late).toBeLessThan(2000);
    await Promise.all([second.stop(), trainers.stop()]);
  });

  test('a decision that came before it counts, and the deadline decides nothing more', async () => {
    const handle = await world.waiting('in-time', { when: 'always', deadline: '1h', reminder: '1s', atDeadline: 'reject' });
    await until(async () => (await world.events(handle, 'timerFired')) > 0, 'the reminder');
    await handle.signal('approve', { candidate: '1.1.0', by: 'ada' });
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
    expect(await world.registry.audit('in-time')).toMatchObject([{ by: 'ada', accepted: true }]);
  });
});
