import { writeFileSync } from 'node:fs';
import { NativeConnection, Worker } from '@temporalio/worker';
import { ContinualTrainingPlugin, LifecyclePlugin, TrainingPlugin } from '../../workers';
import { LocalTrainer } from '../../workers/trainer';
import { until, World } from '../lifecycle/world';

jest.setTimeout(120_000);

/** Processes that this one has started and that still live. */
const children = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
/** A process that has ended is still counted until the event loop has turned. */
const onlyLeft = (count: number) => until(async () => children() === count, `the end of all processes but ${count}`);

describe('two workers of one process', () => {
  let world: World;
  beforeAll(async () => (world = await World.start()), 120_000);
  afterAll(async () => world?.stop());

  test('share a run: the light steps here, the training there; the training process ends with its worker', async () => {
    const before = children();
    const [light, heavy] = [await world.work('light', 'lifecycle'), await world.work('heavy', 'training')];
    await world.define('shared', { training: { queue: 'heavy' } });
    world.write('shared', 0, 600);
    const handle = await world.client.workflow.start('retrain', { workflowId: 'shared', taskQueue: 'light', args: [{ pipeline: 'shared' }] });
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', candidate: '1.1.0' });

    const { events } = await handle.fetchHistory();
    const steps = new Map((events ?? []).map((event) => [String(event.eventId), event.activityTaskScheduledEventAttributes?.activityType?.name]));
    const by = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => (started ? [`${steps.get(String(started.scheduledEventId))}: ${started.identity}`] : []));
    expect(by).toEqual(expect.arrayContaining(['pull: lifecycle worker', 'train: training worker', 'evaluate: training worker', 'promote: lifecycle worker']));

    expect(children()).toBe(before + 1);
    await heavy.stop();
    await onlyLeft(before);
    await light.stop();
  });

  test('a module that never ends to load can be cancelled, and holds up nobody after it', async () => {
    const before = children();
    const module = `${world.folder}/endless.cjs`;
    writeFileSync(module, 'for (;;);');
    const trainer = new LocalTrainer(world.registry, [module]);
    await world.define('endless');
    const cancel = new AbortController();
    const job = trainer.run('evaluate', { pipeline: 'endless', pipelineRevision: 1 } as never, { signal: cancel.signal, onProgress: () => undefined, onCancel: () => 'keep' });
    await onlyLeft(before + 1);
    cancel.abort(new Error('cancelled'));
    await expect(job).rejects.toThrow('cancelled');
    await onlyLeft(before);
    const next = trainer.run('evaluate', { pipeline: 'endless', pipelineRevision: 1 } as never, { signal: new AbortController().signal, onProgress: () => undefined, onCancel: () => 'keep' });
    await onlyLeft(before + 1);
    await Promise.all([trainer.stop(), expect(next).rejects.toThrow('the worker was stopped while the training process began')]);
    await onlyLeft(before);
  });

  test('a module that cannot be loaded ends the run at once, and its process with it', async () => {
    const before = children();
    await world.define('broken');
    world.write('broken', 0, 600);
    const module = `${world.folder}/broken.cjs`;
    const connection = await NativeConnection.connect({ address: world.server.address });
    const worker = await Worker.create({
      connection, taskQueue: 'broken', workflowsPath: require.resolve('../../workflows'), plugins: [new ContinualTrainingPlugin({ store: world.storeUri, modules: [module] })],
    });
    await worker.runUntil(async () => {
      const handle = await world.client.workflow.start('retrain', { workflowId: 'broken', taskQueue: 'broken', args: [{ pipeline: 'broken' }] });
      const { message, type } = await world.failure(handle);
      expect(message).toContain(`train: modules: ${module} cannot be loaded: Cannot find module`);
      expect(type).toBe('InvalidInput');
    });
    await connection.close();
    await onlyLeft(before);
  });
});

describe('the options of a plugin', () => {
  const store = 'file:///var/lib/continual';

  test('an activity of the same name as one of yours is refused with the cure, instead of taking its place', () => {
    const options = { taskQueue: 'mine', activities: { train: async () => 'a bus' } };
    expect(() => new TrainingPlugin({ store }).configureWorker(options)).toThrow("activities: train is an activity of this plugin's already; give yours another name, or a worker of its own");
    expect(Object.keys(new LifecyclePlugin({ store }).configureWorker(options).activities!)).toEqual(expect.arrayContaining(['train', 'promote']));
  });

  test('a relative module is refused with the cure', () => {
    const make = () => new TrainingPlugin({ store, modules: ['./models.js'] });
    expect(make).toThrow("modules: ./models.js is not an absolute path; use require.resolve('./models.js')");
  });

  test.each(Object.entries({ LifecyclePlugin, TrainingPlugin, ContinualTrainingPlugin }))('%s refuses a store that is missing or none', (_, Plugin) => {
    expect(() => new Plugin({ store: '' })).toThrow('store is missing: file:///absolute/folder or s3://bucket/prefix was expected');
    expect(() => new Plugin({ store: '/var/lib/continual' })).toThrow('for a folder: file:///var/lib/continual');
    expect(() => new Plugin({ store: 'https://example.org' })).toThrow('s3://bucket/prefix was expected');
  });
});
