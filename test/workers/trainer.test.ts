import { setTimeout as pause } from 'node:timers/promises';
import { startWorld, until, world } from '../lifecycle/world';

startWorld();

const endless = { scratchEpochs: 10_000, batch: 1 };

test('a training that takes longer than its pipeline allows ends the run, and leaves no checkpoint', async () => {
  await world.define('slow', { learning: endless, training: { limit: '1s' } });
  world.write('slow', 0, 600);
  const failure = await world.failure(await world.begin('retrain', { pipeline: 'slow' }));
  expect(failure).toMatchObject({ type: 'TrainingTooLong', message: 'train: it took longer than training.limit, 1s; train on fewer rows or epochs, or allow more' });
  expect(await world.registry.store.list('checkpoints/slow/')).toEqual([]);
});

test('the time that a training waits behind another one is not counted', async () => {
  await world.define('first', { learning: endless });
  await world.define('second', { training: { limit: '15s' } });
  for (const name of ['first', 'second']) world.write(name, 0, 600);
  const first = await world.begin('retrain', { pipeline: 'first' });
  await until(async () => (await first.describe()).raw.pendingActivities?.[0]?.heartbeatDetails, 'the first training');
  const second = await world.begin('retrain', { pipeline: 'second' });
  await world.phase(second, 'training');
  await pause(16_000);
  await first.cancel();
  expect(await second.result()).toMatchObject({ outcome: 'promoted' });
  const { events } = await second.fetchHistory();
  expect(Math.max(...(events ?? []).map((event) => event.activityTaskStartedEventAttributes?.attempt ?? 0))).toBe(1);
});
