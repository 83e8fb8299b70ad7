import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pipeline } from '../../contracts';
import { Random } from '../../learning';
import { openStore, Registry } from '../../registry';
import { bucket, s3InEnvironment } from '../registry/stores';
import { startS3 } from '../setup/seaweed';
import { marketPipeline, marketRows, middle, pipelineName } from './market';
import { checkpointAfter, failedFor, moments, moved, planned, savedIn, trains } from './moments';
import { outcomeOf, type Outcome } from './outcome';
import { Trial } from './trial';
import { World } from './world';

/** Kills real processes: the worker, the training process, Temporal's dev server. CRASH=long kills each at every step. */
const long = process.env.CRASH === 'long';
jest.setTimeout(300_000);

let world: World;
let undisturbed: Outcome;
let trials = 0;

/** A run over the same rows and the same champion, disturbed by what is given; of another pipeline, where one is given. */
async function trial(disturb: (trial: Trial) => Promise<void>, pipeline?: Pipeline, environment?: Record<string, string>): Promise<Outcome> {
  const name = `trial-${++trials}`;
  const folder = join(world.folder, name);
  cpSync(join(world.folder, 'base'), folder, { recursive: true });
  if (pipeline) await new Registry(openStore(pathToFileURL(folder).href)).apply(pipeline);
  const running = await Trial.start(world, name, pathToFileURL(folder).href, undefined, environment);
  try {
    await disturb(running);
    const { outcome } = await running.finish();
    expect(outcome).toBe('promoted');
    return await outcomeOf(running.registry);
  } finally {
    await running.stop();
  }
}

beforeAll(async () => {
  world = await World.start(marketRows());
  const store = pathToFileURL(join(world.folder, 'base')).href;
  await new Registry(openStore(store)).apply(marketPipeline(world.rows));
  const first = await Trial.start(world, 'base', store, middle);
  await first.finish().finally(() => first.stop());
  undisturbed = await trial(() => Promise.resolve());
});
afterAll(() => world?.stop());

test('the undisturbed run makes the version that the others are compared with', () => {
  expect(undisturbed.champion).toEqual({ version: '1.1.1', revision: 2, from: '1.1.0' });
  expect(undisturbed.versions.map(({ version, state }) => `${version} ${state}`)).toEqual(['1.1.0 past', '1.1.1 champion']);
  expect(Object.keys(undisturbed.versions[1]!.files)).toEqual(expect.arrayContaining(['weights.bin', 'optimizer.bin', 'memory.bin']));
  expect(undisturbed.keys.filter((key) => key.startsWith('checkpoints/'))).toEqual([]);
});

test('training process, worker and server killed in one run: the same champion, bit for bit', async () => {
  const outcome = await trial(async (run) => {
    await run.until(checkpointAfter(0.1));
    await run.killTraining();
    await run.until(checkpointAfter(0.4));
    await run.killWorker();
    await run.until(moved);
    await run.killServer();
  });
  expect(outcome).toEqual(undisturbed);
});

test('a worker that is told to end, with all of its processes, saves the training first: the next one goes on from there, bit for bit', async () => {
  const outcome = await trial(async (run) => {
    await run.until(trains);
    await run.endWorker();
    expect(await run.registry.latestCheckpoint(pipelineName, '1.1.1')).not.toBeNull();
    await run.startWorker();
  }, undefined, { CONTINUAL_CHECKPOINT_SECONDS: '3600' });
  expect(outcome).toEqual(undisturbed);
});

test('a surgery and its training, killed at each step: the same model grows out of the champion, bit for bit', async () => {
  const wider = { ...marketPipeline(world.rows), model: { mlp: [24], activation: 'relu' as const, dropout: 0.1 } };
  const whole = await trial(() => Promise.resolve(), wider);
  expect(whole.champion).toEqual({ version: '2.0.0', revision: 2, from: '1.1.0' });
  const outcome = await trial(async (run) => {
    await run.until(planned);
    await run.killWorker();
    await run.until(checkpointAfter(0.1));
    await run.killTraining();
    await run.until(checkpointAfter(0.5));
    await run.killWorker();
  }, wider);
  expect(outcome).toEqual(whole);
});

test('the S3 service killed in the training and started again: the same as on files, bit for bit', async () => {
  const service = await s3InEnvironment();
  const { port, folder } = service;
  const store = `s3://${bucket}/models`;
  const environment = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (name.startsWith('AWS_') ? [[name, value!]] : [])));
  await new Registry(openStore(store)).apply(marketPipeline(world.rows));
  const first = await Trial.start(world, 'base-s3', store, middle, environment);
  await first.finish().finally(() => first.stop());
  const run = await Trial.start(world, 'trial-s3', store, undefined, environment);
  try {
    await run.until(savedIn('1.1.1'), 50);
    await service.kill9();
    await run.until(failedFor('StoreUnavailable'), 50);
    const again = await startS3({ port, folder });
    try {
      await run.finish();
      expect(await outcomeOf(run.registry)).toEqual(undisturbed);
    } finally {
      await again.stop();
    }
  } finally {
    await run.stop();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

if (long) describe('kill -9 at every step', () => {
  const { beforeTraining, training, afterTraining } = moments;
  const all = [...beforeTraining, ...training, ...afterTraining];

  test.each(all)('of the worker when $name', async (moment) => {
    expect(await trial((run) => run.until(moment).then(() => run.killWorker()))).toEqual(undisturbed);
  });
  test.each(training)('of the training process when $name', async (moment) => {
    expect(await trial((run) => run.until(moment).then(() => run.killTraining()))).toEqual(undisturbed);
  });
  test.each(all)('of the server when $name', async (moment) => {
    expect(await trial((run) => run.until(moment).then(() => run.killServer()))).toEqual(undisturbed);
  });

  test('of the training process, again and again during one training', async () => {
    const outcome = await trial(async (run) => {
      for (const share of [0.1, 0.25, 0.4, 0.55, 0.7, 0.85]) {
        await run.until(checkpointAfter(share));
        await run.killTraining();
      }
    });
    expect(outcome).toEqual(undisturbed);
  });

  test.each([1, 2, 3, 4, 5, 6])('at three random moments (seed %i)', async (seed) => {
    const random = new Random(seed, 'kills');
    const outcome = await trial(async (run) => {
      const kills = [() => run.killWorker(), () => run.killServer(), () => (run.trains ? run.killTraining() : Promise.resolve())];
      for (const next of random.permutation(3)) {
        await new Promise((done) => setTimeout(done, random.uniform() * 3_000));
        await kills[next]!();
      }
    });
    expect(outcome).toEqual(undisturbed);
  });

  test('a worker that slept through its time-out does no harm when it wakes beside its successor', async () => {
    const outcome = await trial(async (run) => {
      await run.until(checkpointAfter(0.3));
      const sleeper = await run.replaceSleeper();
      await run.until(moved);
      sleeper.wake();
      await run.finish();
      await sleeper.stop();
    });
    expect(outcome).toEqual(undisturbed);
  });
});
