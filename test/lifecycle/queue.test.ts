import { ApplicationFailure, CancelledFailure, defaultPayloadConverter, type WorkflowFailedError } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { TrainingProgress } from '../../contracts';
import { startWorld, until, world, type Handle } from './world';

startWorld();
jest.setTimeout(180_000);

/** What the training said last by its heartbeats, once it has taken a step. */
const progress = (handle: Handle): Promise<TrainingProgress> =>
  until(async () => {
    const { raw } = await handle.describe();
    const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
    const details = payload && defaultPayloadConverter.fromPayload<Partial<TrainingProgress>>(payload);
    return details?.step !== undefined && (details as TrainingProgress);
  }, 'progress');

const checkpoints = (pipeline: string) => world.registry.store.list(`checkpoints/${pipeline}/`);

test('a training queue that nobody polls: the run fails after the wait, and says which queue and how to start a worker', async () => {
  await world.define('nobody', { training: { queue: 'gpu', wait: '2s' } });
  world.write('nobody', 0, 300);
  const failure = await world.failure(await world.begin('retrain', { pipeline: 'nobody' }));
  expect(failure).toMatchObject({ type: 'NoTrainingWorker', nonRetryable: true });
  expect(failure.message).toBe(
    'train: no worker took it from the task queue "gpu" within 2s. Start one with: continual worker --plugin training --task-queue gpu',
  );
});

test('the same when a champion is there and the run ends at the comparison', async () => {
  await world.define('left');
  world.write('left', 0, 300);
  await world.run('left');
  await world.define('left', { training: { queue: 'gpu', wait: '1s' } });
  world.write('left', 300, 600);
  expect((await world.failure(await world.begin('retrain', { pipeline: 'left' }))).message).toContain('compare: no worker took it from the task queue "gpu" within 1s');
});

test('a worker that trains answers queries within a second; cancelling the run ends the training and removes its checkpoints', async () => {
  await world.define('long', { learning: { scratchEpochs: 10_000, batch: 1 } });
  world.write('long', 0, 600);
  const handle = await world.begin('retrain', { pipeline: 'long' });
  const said = await progress(handle);
  expect(said).toMatchObject({ epochs: 10_000, steps: 10_000 * 480, loss: expect.any(Number), rowsPerSecond: expect.any(Number), secondsLeft: expect.any(Number) });

  let slowest = 0;
  for (let asked = 0; asked < 20; asked++) {
    const began = performance.now();
    expect((await world.status(handle)).phase).toBe('training');
    slowest = Math.max(slowest, performance.now() - began);
  }
  expect(slowest).toBeLessThan(1000);

  // Another run's training waits for its turn; cancelling it does not wait as well.
  await world.define('behind');
  world.write('behind', 0, 300);
  const behind = await world.begin('retrain', { pipeline: 'behind' });
  await world.phase(behind, 'training');
  await behind.cancel();
  expect(await cancellation(behind)).toBeInstanceOf(CancelledFailure);
  expect((await world.status(handle)).phase).toBe('training');

  await until(async () => (await checkpoints('long')).length > 0, 'a checkpoint');
  const began = Date.now();
  await handle.cancel();
  expect(await cancellation(handle)).toBeInstanceOf(CancelledFailure);
  await until(async () => (await checkpoints('long')).length === 0, 'the checkpoints to be removed');
  expect(Date.now() - began).toBeLessThan(20_000);

  // One training at a time: that the next one gets its turn proves that this one has stopped.
  await world.define('after');
  world.write('after', 0, 300);
  expect(await world.run('after')).toMatchObject({ outcome: 'promoted' });
  expect(await checkpoints('long')).toEqual([]);
});

test('a worker that shuts down leaves a checkpoint, and another goes on from it to the same bits', async () => {
  const over = { training: { queue: 'trainers', wait: '1m' }, learning: { scratchEpochs: 2500 } };
  for (const pipeline of ['moved', 'undisturbed']) {
    await world.define(pipeline, over);
    world.write(pipeline, 0, 300);
  }
  const first = await world.work('trainers', 'training');
  const handle = await world.begin('retrain', { pipeline: 'moved' });
  expect((await progress(handle)).steps).toBe(2500 * 15);
  await first.stop();
  const checkpoint = await world.registry.latestCheckpoint('moved', '1.1.0');
  expect(checkpoint!.step).toBeGreaterThan(0);
  expect((await world.status(handle)).phase).toBe('training');

  const second = await world.work('trainers', 'training');
  expect(await handle.result()).toMatchObject({ outcome: 'promoted' });
  expect(await world.run('undisturbed')).toMatchObject({ outcome: 'promoted' });
  await second.stop();
  const [moved, undisturbed] = await Promise.all(['moved', 'undisturbed'].map(async (pipeline) => (await world.registry.manifest(pipeline, '1.1.0')).manifest));
  expect(digests(moved!)).toEqual(digests(undisturbed!));
  expect(moved!.training).toMatchObject({ reproducible: true, rows: undisturbed!.training.rows, steps: undisturbed!.training.steps });
  expect(await checkpoints('moved')).toEqual([]);
  expect(await attempts(handle)).toBe(2);
  // What has been trained is not thrown away where its machine is gone for a while: a day, but no longer than the run may take.
  expect(await waitsFor(handle)).toEqual({ train: 60, evaluate: 180 });
});

test('a training whose machines are away for longer than one is waited for goes on when one comes', async () => {
  await world.define('away', { training: { queue: 'spot', wait: '1s' }, learning: { scratchEpochs: 1500 } });
  world.write('away', 0, 300);
  const first = await world.work('spot', 'training');
  const handle = await world.begin('retrain', { pipeline: 'away' });
  await progress(handle);
  await first.stop();
  expect(await checkpoints('away')).not.toEqual([]);
  await until(async () => (await world.events(handle, 'activityTaskTimedOut')) > 0, 'the end of the wait');
  const second = await world.work('spot', 'training');
  expect(await handle.result()).toMatchObject({ outcome: 'promoted', candidate: '1.1.0' });
  await second.stop();
  expect(await checkpoints('away')).toEqual([]);
});

test.each(['WorkerShutdown', 'BackendUnavailable'])('a training that its last attempt lost by %s goes on where it got further, and ends where it did not', async (type) => {
  const [pipeline, queue] = [`lost-${type.toLowerCase()}`, `lost-${type}`];
  await world.define(pipeline, { training: { queue } });
  world.write(pipeline, 0, 300);
  let taken = 0;
  const train = async () => {
    if (++taken === 1) await world.registry.saveCheckpoint(pipeline, '1.1.0', 40, Buffer.from('a checkpoint'));
    throw ApplicationFailure.nonRetryable('as after twenty attempts', type);
  };
  const worker = await Worker.create({ connection: world.connection, namespace: 'default', taskQueue: queue, activities: { train } });
  const ended = worker.run();
  const failure = await world.failure(await world.begin('retrain', { pipeline }));
  expect(failure).toMatchObject({ type, message: 'train: as after twenty attempts' });
  expect(taken).toBe(2);
  worker.shutdown();
  await ended;
});

test('a run that is cancelled while nobody trains ends as cancelled, and leaves no checkpoints either', async () => {
  await world.define('alone', { training: { queue: 'gone', wait: '1m' }, learning: { scratchEpochs: 10_000, batch: 1 } });
  world.write('alone', 0, 300);
  const worker = await world.work('gone', 'training');
  const handle = await world.begin('retrain', { pipeline: 'alone' });
  await progress(handle);
  await worker.stop();
  expect(await checkpoints('alone')).not.toEqual([]);
  await handle.cancel();
  expect(await cancellation(handle)).toBeInstanceOf(CancelledFailure);
  expect(await checkpoints('alone')).toEqual([]);
});

const cancellation = (handle: Handle) => handle.result().catch((error: WorkflowFailedError) => error.cause);

const digests = ({ files }: { files: Record<string, { sha256: string }> }) => Object.fromEntries(Object.entries(files).map(([name, { sha256 }]) => [name, sha256]));

/** How long the steps of a first training wait for a machine, in seconds. */
async function waitsFor(handle: Handle): Promise<Record<string, number>> {
  const { events } = await handle.fetchHistory();
  const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
  return Object.fromEntries(scheduled.filter(({ taskQueue }) => taskQueue?.name === 'trainers').map(({ activityType, scheduleToStartTimeout }) => [activityType!.name!, Number(scheduleToStartTimeout!.seconds)]));
}

/** The highest attempt of any step. */
async function attempts(handle: Handle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return Math.max(...(events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0));
}
