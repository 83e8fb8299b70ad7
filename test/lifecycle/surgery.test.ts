import type { ReportInput } from '../../activities';
import type { Manifest, PipelineInput, RunResult } from '../../contracts';
import { csv, truth, withColumn, withoutColumn, type Label } from './rows';
import { startWorld, world, type Handle } from './world';

startWorld();

const manifestOf = async (pipeline: string, version: string): Promise<Manifest> => (await world.registry.manifest(pipeline, version)).manifest;
const states = async (pipeline: string) => (await world.registry.versions(pipeline)).map(({ version, state, mode }) => `${version} ${mode} ${state}`);
const file = async (manifest: Manifest, name: string) => JSON.parse(Buffer.from(await world.registry.readFile(manifest, name)).toString()) as Record<string, unknown>;
const learning = { strategy: 'replay', epochs: 4, scratchEpochs: 8 };

/** A pipeline with a first champion on 600 rows, and settings for what comes. */
async function champion(pipeline: string, over: Partial<PipelineInput> = {}): Promise<void> {
  await world.define(pipeline, { learning, ...over });
  world.write(pipeline, 0, 600);
  expect(await world.run(pipeline)).toMatchObject({ outcome: 'promoted', candidate: '1.1.0' });
}

/** Starts a run and waits until it asks a person about a surgery. */
async function proposed(pipeline: string): Promise<{ handle: Handle; evidence: string; because: string[] }> {
  const handle = await world.begin('retrain', { pipeline });
  const { approval, decision } = await world.phase(handle, 'awaiting-approval');
  expect(decision!.action).toBe('surgery');
  return { handle, evidence: await handle.query<string>('evidence'), because: approval!.because };
}

async function agreed(handle: Handle, candidate: string): Promise<RunResult> {
  await handle.signal('approve', { candidate, by: 'ada' });
  return (await handle.result()) as RunResult;
}

/** The surgery kept the champion's answers, as its plan promised. */
function expectExact({ mode, surgery }: Manifest): void {
  expect(mode).toBe('surgery');
  expect(surgery).toMatchObject({ transfer: 'weights', kept: 1, preserved: true });
  expect(surgery!.check!.difference).toBeLessThanOrEqual(1e-5);
  expect(surgery!.check!.rows).toBeGreaterThan(100);
}

describe('a new class', () => {
  /** Every third row is one of a kind that was never there before: far out in `a`. */
  const three = (from: number, to: number): void =>
    world.put('class', from, csv(from, to).split('\n').map((line, i) => (i % 3 === 1 ? line.replace(/^([^,]*),[^,]*(.*),\w+$/, '$1,3$2,far') : line)).join('\n'));

  test('is proposed, with a plan that a person reads before anything is promoted', async () => {
    await champion('class');
    three(600, 1200);
    const { handle, evidence, because } = await proposed('class');
    expect(because[0]).toBe('the architecture changes: label has the new class far');
    expect(evidence).toContain('## Surgery: 100.0 % of the champion’s parameters live on');
    expect(evidence).toMatch(/\| logits\/kernel \| 8 × 2 \| 8 × 3 \| [a-z-]+ \|/);
    expect(evidence).toMatch(/largest difference of a logit [\d.e+-]+, .*the other rows answer a new class by its share alone/);
    expect(evidence).toMatch(/\*\*Training\*\*: surgery, by the strategy replay: [\d,]+ rows in \d+ steps/);
    expect(await agreed(handle, '2.0.0')).toMatchObject({ outcome: 'promoted', action: 'surgery', champion: '2.0.0', approvedBy: 'ada', because: 'label has the new class far' });

    const manifest = await manifestOf('class', '2.0.0');
    expectExact(manifest);
    expect(manifest).toMatchObject({ parent: '1.1.0', classes: ['down', 'up', 'far'], training: { strategy: 'replay' } });
    expect(manifest.training.memory!.rows).toBeGreaterThan(480);
    expect(manifest.training.memory!.bytes).toBeGreaterThan(480 * 3);
    expect(await states('class')).toEqual(['1.1.0 stateless past', '2.0.0 surgery champion']);
  });

  test('counts as wrong for a champion that did not know it, so that the challenger can be told from it', async () => {
    const { run } = (await world.registry.champion('class'))!;
    const report = JSON.parse(Buffer.from((await world.registry.store.get(`reports/class/${run.runId}.json`))!).toString()) as { evidence: ReportInput['evidence'] };
    const { fresh, suites } = report.evidence.evaluation!;
    expect(fresh.champion).toBeLessThan(0.67);
    expect(fresh.challenger).toBeGreaterThan(0.85);
    expect(suites).toMatchObject([{ name: '1.1.0' }]);
  });

  test('goes on as an update in the new architecture', async () => {
    three(1200, 1500);
    expect(await world.run('class')).toMatchObject({ outcome: 'promoted', action: 'stateful', candidate: '2.0.1' });
    expect((await manifestOf('class', '2.0.1')).surgery).toBeUndefined();
  });

  test('that only held-out rows have waits for rows that can be learned from', async () => {
    await champion('late');
    world.write('late', 600, 900, (row) => (row.index >= 880 ? 'far' : truth(row)));
    expect(await world.run('late')).toMatchObject({ outcome: 'promoted', action: 'stateful', candidate: '1.1.1' });
    world.write('late', 900, 1200, (row) => (row.index < 1000 ? 'far' : truth(row)));
    const { handle } = await proposed('late');
    await handle.terminate();
  });
});

describe('columns', () => {
  /** Whether the wind blows decides more than a and b do. */
  const wind = (index: number): number => (index % 5) - 2;
  const windy: Label = (row) => (row.a + row.b / 2 + wind(row.index) > 0 ? 'up' : 'down');

  test('a new one is taken in: its weights begin at zero, and the label that it decides is learned', async () => {
    await champion('column');
    world.put('column', 600, withColumn(csv(600, 1200, windy), 'wind', wind));
    const { handle, evidence } = await proposed('column');
    expect(evidence).toContain('wind is a new column');
    expect(await agreed(handle, '2.0.0')).toMatchObject({ outcome: 'promoted', champion: '2.0.0' });
    const manifest = await manifestOf('column', '2.0.0');
    expectExact(manifest);
    expect(manifest.schemaVersion).toBe(2);
    expect(await world.registry.schema('column')).toMatchObject({ version: 2, columns: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'label' }, { name: 'wind', kind: 'number' }] });
    expect((await file(manifest, 'features.json')).inputs).toMatchObject([{ column: 'a' }, { column: 'b' }, { column: 'c' }, { column: 'wind' }]);
    const move = await world.registry.champion('column');
    expect(move!.suites.find(({ name }) => name === '2.0.0')!.best).toBeGreaterThan(0.75);
  });

  test('from scratch, the lineage’s rows are read in the columns that there are now', async () => {
    world.put('column', 1200, withColumn(csv(1200, 1500, windy), 'wind', wind));
    await world.define('column', { learning: { ...learning, mode: 'stateless' }, gates: { margin: 1, forgetting: 1 } });
    expect(await world.run('column')).toMatchObject({ outcome: 'promoted', action: 'stateless', candidate: '2.1.0' });
    const manifest = await manifestOf('column', '2.1.0');
    expect(manifest.snapshots).toHaveLength(3);
    expect((await file(manifest, 'features.json')).width).toBeGreaterThanOrEqual(4);
  });

  test('one that is gone is held constant, and the model goes on', async () => {
    await champion('gone');
    world.put('gone', 600, withoutColumn(csv(600, 1200), 'c'));
    const { handle, evidence } = await proposed('gone');
    expect(evidence).toContain('c is no longer given');
    expect(await agreed(handle, '2.0.0')).toMatchObject({ outcome: 'promoted' });
    const manifest = await manifestOf('gone', '2.0.0');
    expectExact(manifest);
    expect((await file(manifest, 'features.json')).inputs).toMatchObject([{ column: 'a' }, { column: 'b' }, { column: 'c', held: true }]);
    world.put('gone', 1200, withoutColumn(csv(1200, 1500), 'c'));
    expect(await world.run('gone')).toMatchObject({ action: 'stateful', candidate: '2.0.1', outcome: 'promoted' });
  });

  test('one that the pipeline leaves out from now on is gone too; one that it never saw is no matter', async () => {
    await champion('exclude');
    world.put('exclude', 600, withColumn(csv(600, 900), 'wind', wind));
    await world.define('exclude', { learning, features: { exclude: ['wind'] } });
    expect(await world.run('exclude')).toMatchObject({ outcome: 'promoted', action: 'stateful', candidate: '1.1.1' });
    world.put('exclude', 900, withColumn(csv(900, 1200), 'wind', wind));
    await world.define('exclude', { learning, features: { exclude: ['wind', 'c'] }, surgery: { approval: 'with-gates' } });
    expect(await world.run('exclude')).toMatchObject({ outcome: 'promoted', action: 'surgery', because: 'c is no longer given', candidate: '2.0.0', approvedBy: 'policy' });
  });

  test('a new category is proposed once it matters', async () => {
    await world.define('level', { learning });
    const sky = (from: number, to: number, level: (index: number) => string) => world.put('level', from, withColumn(csv(from, to), 'sky', level));
    sky(0, 600, (index) => (index % 2 ? 'grey' : 'blue'));
    await world.run('level');
    sky(600, 900, (index) => (index === 650 ? 'green' : 'grey'));
    expect(await world.run('level')).toMatchObject({ action: 'stateful', candidate: '1.1.1' });
    sky(900, 1200, (index) => (index % 3 ? 'grey' : 'red'));
    const { handle, because } = await proposed('level');
    expect(because[0]).toContain('sky has the new level red');
    expect(await agreed(handle, '2.0.0')).toMatchObject({ outcome: 'promoted' });
    expectExact(await manifestOf('level', '2.0.0'));
  });
});

describe('another network', () => {
  test('a wider one grows out of the champion, and its optimizer and memory come along', async () => {
    await champion('wider');
    await world.define('wider', { learning, model: { mlp: [24] } });
    world.write('wider', 600, 900);
    const { handle, evidence } = await proposed('wider');
    expect(evidence).toContain('the pipeline’s model is another one'.replace('’', "'"));
    expect(evidence).toMatch(/\| hidden1\/kernel \| 3 × 8 \| 3 × 24 \| widened \|/);
    expect(await agreed(handle, '2.0.0')).toMatchObject({ outcome: 'promoted' });
    const manifest = await manifestOf('wider', '2.0.0');
    expectExact(manifest);
    expect(Object.keys(manifest.files)).toEqual(expect.arrayContaining(['optimizer.bin', 'memory.bin']));
    world.write('wider', 900, 1200);
    expect(await world.run('wider')).toMatchObject({ action: 'stateful', candidate: '2.0.1', outcome: 'promoted' });
  });

  test('a rejected surgery leaves the champion as it is, and the rows come again', async () => {
    await champion('rejected');
    await world.define('rejected', { learning, model: { mlp: [24] } });
    world.write('rejected', 600, 900);
    const { handle } = await proposed('rejected');
    await handle.signal('reject', { candidate: '2.0.0', by: 'bob', reason: 'not now' });
    expect(await handle.result()).toMatchObject({ outcome: 'rejected', champion: '1.1.0', candidate: '2.0.0' });
    expect(await states('rejected')).toEqual(['1.1.0 stateless champion', '2.0.0 surgery refused']);

    await world.define('rejected', { learning });
    expect(await world.run('rejected')).toMatchObject({ outcome: 'promoted', action: 'stateful', candidate: '1.1.1', newRows: 300 });
    await world.define('rejected', { learning, model: { mlp: [24] }, surgery: { approval: 'with-gates' } });
    world.write('rejected', 900, 1200);
    expect(await world.run('rejected')).toMatchObject({ outcome: 'promoted', candidate: '3.0.0', approvedBy: 'policy' });
  });

  test('a pipeline that trains from scratch each time needs no surgery, and its number says that it is another network', async () => {
    await champion('scratch', { learning: { ...learning, mode: 'stateless' } });
    await world.define('scratch', { learning: { ...learning, mode: 'stateless' }, model: { mlp: [24] } });
    world.write('scratch', 600, 900);
    expect(await world.run('scratch')).toMatchObject({ outcome: 'promoted', action: 'stateless', candidate: '2.1.0', because: expect.stringContaining("the pipeline's model is another one") });
    world.write('scratch', 900, 1200);
    expect(await world.run('scratch')).toMatchObject({ candidate: '2.2.0' });
  });

  test('where weights shall not go over, a new model learns from what the champion says', async () => {
    await champion('distil');
    await world.define('distil', { learning, model: { mlp: [12, 6], activation: 'tanh' }, surgery: { transfer: 'distil' } });
    world.write('distil', 600, 1200);
    const { handle, evidence } = await proposed('distil');
    expect(evidence).toContain('## Surgery: a new model takes the champion’s place');
    expect(evidence).toContain('what the champion says of them (distillation)');
    expect(await agreed(handle, '2.0.0')).toMatchObject({ outcome: 'promoted' });
    expect(await manifestOf('distil', '2.0.0')).toMatchObject({ mode: 'surgery', surgery: { transfer: 'distil', kept: 0, preserved: false, check: null }, training: { strategy: 'distil' } });
    world.write('distil', 1200, 1500);
    expect(await world.run('distil')).toMatchObject({ action: 'stateful', candidate: '2.0.1', outcome: 'promoted' });
  });

  test('a control from scratch on the same rows and steps is shown beside it, and leaves nothing behind', async () => {
    await champion('control');
    await world.define('control', { learning, model: { mlp: [24] }, surgery: { approval: 'with-gates', control: true } });
    world.write('control', 600, 900);
    const handle = await world.begin('retrain', { pipeline: 'control' });
    expect(await handle.result()).toMatchObject({ outcome: 'promoted', candidate: '2.0.0' });
    const evidence = await handle.query<string>('evidence');
    const { training } = await manifestOf('control', '2.0.0');
    expect(evidence).toMatch(new RegExp(`\\*\\*Control\\*\\*: from scratch on the same \\d+ rows in ${training.steps} steps: [\\d.]+ %, the challenger [\\d.]+ %; (the surgery is better|no clear difference|FROM SCRATCH IS BETTER)`));
    expect(await states('control')).toEqual(['1.1.0 stateless past', '2.0.0 surgery champion']);
    expect(await world.registry.store.list('checkpoints/')).toEqual([]);
  });
});

test('a control that cannot be trained ends no run: the evidence says why there is none', async () => {
  await champion('uncontrolled');
  await world.define('uncontrolled', {
    learning: { ...learning, epochs: 400 }, model: { mlp: [24] }, surgery: { approval: 'with-gates', control: true }, training: { queue: 'lent', wait: '1s' },
  });
  world.write('uncontrolled', 600, 900);
  const worker = await world.work('lent', 'training');
  const handle = await world.begin('retrain', { pipeline: 'uncontrolled' });
  await world.phase(handle, 'controlling');
  await worker.stop();
  expect(await handle.result()).toMatchObject({ outcome: 'promoted', candidate: '2.0.0' });
  expect(await handle.query<string>('evidence')).toMatch(/\*\*Control\*\*: .*no worker took it from the task queue "lent"/);
  expect(await world.registry.store.list('checkpoints/uncontrolled/')).toEqual([]);
});

test('a hint that names no layer ends the run with one failure that says which there are', async () => {
  await champion('hint');
  await world.define('hint', { learning, model: { mlp: [24] }, surgery: { hints: { hidden1: 'dense_7' } } });
  world.write('hint', 600, 900);
  const failure = await world.failure(await world.begin('retrain', { pipeline: 'hint' }));
  expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
  expect(failure.message).toMatch(/surgery\.hints: the champion has no layer dense_7 with weights; it has hidden1, logits/);
});
