import { controlFor } from '../../activities/jobs/control';
import { afterSurgery, keepSurgery, operated, rehearse, teacherFor, type Surgery } from '../../activities/jobs/operate';
import { beginsAnew, propose } from '../../activities/jobs/propose';
import { exactWithin, pipelineSchema, type BackendFacts, type Column, type PipelineInput, type Table } from '../../contracts';
import { accuracy, labels, loadBackend, predict, Random, strategyNames, train } from '../../learning';
import { bytesOf } from '../../learning/memory';
import type { Registry } from '../../registry';

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

/** Rows that two numbers tell apart; from the second period on with a third column, and with a class far out in `a`. */
function period(number: number, rows: number): Table {
  const random = new Random(number, 'rows');
  const far = (i: number): boolean => number > 1 && i % 3 === 0;
  const [a, b] = [0, 1].map((column) => Float64Array.from({ length: rows }, (_, i) => (column === 0 && far(i) ? 3 : 2 * random.uniform() - 1))) as [Float64Array, Float64Array];
  const wind = { kind: 'number' as const, values: Float64Array.from({ length: rows }, (_, i) => i % 5) };
  const codes = Int32Array.from(a, (value, i) => (far(i) ? 2 : value + b[i]! / 2 > 0 ? 1 : 0));
  return {
    rows,
    time: Float64Array.from({ length: rows }, (_, i) => (number * rows + i) * 3_600_000),
    columns: { a: { kind: 'number', values: a }, b: { kind: 'number', values: b }, ...(number > 1 ? { wind } : {}), label: { kind: 'category', levels: ['down', 'up', 'far'], codes } },
  };
}

test.each(strategyNames())('a new class and a new column go through with the strategy %s', async (strategy) => {
  const pipeline = pipelineSchema.parse({
    name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'label' }, features: { cycles: [] }, model: { mlp: [16] },
    learning: { strategy, epochs: 6, scratchEpochs: 6, batch: 16, rate: 0.01 },
  });
  const { learner: champion } = await train({ pipeline, table: period(1, 240), parent: null, backend });
  const [table, range, heldOut] = [period(2, 300), { from: 0, to: 240 }, { from: 240, to: 300 }];
  const proposal = (await propose(pipeline, champion, table, range))!;
  expect(proposal.because).toEqual(['wind is a new column', 'label has the new class far']);
  if (beginsAnew(pipeline, proposal.plan.changes.model)) return void champion.model.dispose();

  const surgery = await rehearse(pipeline, { version: '1.1.0', learner: champion }, proposal, table, range);
  if (surgery.check) expect(surgery.check.difference).toBeLessThanOrEqual(exactWithin);
  const patient = await operated(pipeline, champion, proposal, table, range);
  const lesson = afterSurgery(pipeline, surgery, 240);
  const { learner } = await train({ pipeline: lesson, table, range, parent: patient, teacher: teacherFor(champion, patient, surgery), backend });
  expect(learner.features.classes).toEqual(['down', 'up', 'far']);
  // Chance is a third; some strategies hold the old answers so dear that the new class comes slowly.
  expect(accuracy(predict(learner.model, learner.features, table, heldOut).predictions, labels(learner.features, table, heldOut))).toBeGreaterThan(0.5);
  for (const { model } of [champion, patient, learner]) model.dispose();
});

test.each([['ridge', true], ['slda', true], ['replay', false], ['joint', true]])('the strategy %s begins anew where the network is another one: %p', async (strategy, anew) => {
  const of = (mlp: number[]) => pipelineSchema.parse({
    name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'label' }, features: { cycles: [] }, model: { mlp },
    learning: { strategy, scratchEpochs: 2 },
  });
  const { learner: champion } = await train({ pipeline: of([8]), table: period(1, 100), parent: null, backend });
  const proposal = (await propose(of([12]), champion, period(1, 100), { from: 0, to: 80 }))!;
  expect(proposal.plan.changes.model).toBe(true);
  expect(beginsAnew(of([12]), true)).toBe(anew);
  champion.model.dispose();
});

const pipelineOf = (model: PipelineInput['model'], learning: PipelineInput['learning'], surgery: PipelineInput['surgery'] = {}) =>
  pipelineSchema.parse({ name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'label' }, features: { cycles: [] }, model, learning, surgery });

test.each([['ridge', true], ['slda', true], ['ewc', false]])('what the strategy %s sums up is not of a distilled model, so that it begins anew: %p', (strategy, anew) => {
  expect(beginsAnew(pipelineOf({ mlp: [8] }, { strategy }, { transfer: 'distil' }), false)).toBe(anew);
  expect(beginsAnew(pipelineOf({ mlp: [8] }, { strategy }), false)).toBe(false);
});

test('a typo in one row of a category is no reason, also for a model that says how many inputs it takes', async () => {
  const sky = (typo: boolean): Table => {
    const { columns, ...rows } = period(1, 200);
    return { ...rows, columns: { ...columns, sky: { kind: 'category', levels: ['blue', 'grey', 'gray'], codes: Int32Array.from({ length: 200 }, (_, i) => (typo && i === 90 ? 2 : i % 2)) } } };
  };
  const layers = [{ class_name: 'Dense', config: { name: 'h', units: 4, activation: 'relu', batch_input_shape: [null, 5] } }, { class_name: 'Dense', config: { name: 'out', units: 2 } }];
  const pipeline = pipelineOf({ layers: { class_name: 'Sequential', config: { layers } } }, { scratchEpochs: 1 });
  const { learner: champion } = await train({ pipeline, table: sky(false), parent: null, backend });
  expect(await propose(pipeline, champion, sky(true), { from: 0, to: 200 })).toBeNull();
  champion.model.dispose();
});

test.each<[string, PipelineInput['learning'], 'weights' | 'distil']>([
  ['by weights', { strategy: 'packed-replay' }, 'weights'],
  ['by distillation', { strategy: 'packed-replay' }, 'distil'],
  ['by distillation, where the strategy repeats its batches', { strategy: { name: 'packed-replay', repeats: 2 } }, 'distil'],
  ['by the memory', { strategy: { name: 'gdumb', memory: 160 } }, 'weights'],
])('a control takes as many steps as a challenger %s', async (_, strategy, transfer) => {
  const of = (units: number) => pipelineOf({ mlp: [units] }, { ...strategy, epochs: 3, scratchEpochs: 10, batch: 16 }, { transfer });
  const [table, range] = [period(1, 160), { from: 0, to: 160 }];
  const { learner: champion } = await train({ pipeline: of(4), table, parent: null, backend });
  const proposal = (await propose(of(6), champion, table, range))!;
  const surgery = await rehearse(of(6), { version: '1.1.0', learner: champion }, proposal, table, range);
  const patient = await operated(of(6), champion, proposal, table, range);
  const challenger = await train({ pipeline: afterSurgery(of(6), surgery, 160), table, parent: patient, teacher: teacherFor(champion, patient, surgery), backend });
  const control = await train({ pipeline: controlFor(of(6), challenger.steps, table, backend), table, parent: null, backend });
  expect(control.steps).toBe(challenger.steps);
  for (const { model } of [champion, patient, challenger.learner, control.learner]) model.dispose();
});

/** What a strategy carries to the next version after a surgery by distillation. */
async function carriedBy(strategy: NonNullable<PipelineInput['learning']>['strategy']): Promise<{ rows: number; bytes: number }> {
  const pipeline = pipelineOf({ mlp: [6] }, { strategy, epochs: 1, scratchEpochs: 1 }, { transfer: 'distil' });
  const { learner: champion } = await train({ pipeline, table: period(1, 160), parent: null, backend });
  const [table, range] = [period(2, 160), { from: 0, to: 160 }];
  const proposal = (await propose(pipeline, champion, table, range))!;
  const surgery = await rehearse(pipeline, { version: '1.1.0', learner: champion }, proposal, table, range);
  const patient = await operated(pipeline, champion, proposal, table, range);
  const lesson = afterSurgery(pipeline, surgery, 160);
  expect(lesson.learning.strategy.name).toBe('distil');
  const { learner } = await train({ pipeline: lesson, table, parent: patient, teacher: teacherFor(champion, patient, surgery), backend });
  for (const { model } of [champion, patient, learner]) model.dispose();
  const memory = learner.strategy?.memory ?? {};
  return { rows: memory.y?.shape[0] ?? 0, bytes: bytesOf(memory) };
}

test.each(['ewc', 'fine-tune', 'lwf', { name: 'distil', memory: 0, start: 'parent' }])('by distillation no row is kept either where the strategy keeps none: %j', async (strategy) => {
  expect(await carriedBy(strategy)).toEqual({ rows: 0, bytes: 0 });
});

test('by distillation a memory keeps to its limit, in rows or in bytes', async () => {
  expect(await carriedBy({ name: 'replay', memory: 5 })).toMatchObject({ rows: 5 });
  expect(await carriedBy({ name: 'distil', memory: 7, start: 'parent' })).toMatchObject({ rows: 7 });
  const { rows, bytes } = await carriedBy({ name: 'packed-replay', bytes: 1000 });
  expect(rows).toBeGreaterThan(20);
  expect(bytes).toBeLessThanOrEqual(1000);
});

test('by distillation no weights go over, also where later updates go on from their parent', () => {
  const pipeline = pipelineOf({ mlp: [4] }, { strategy: { name: 'distil', start: 'parent', temperature: 3, memory: 9 } });
  expect(afterSurgery(pipeline, { transfer: 'distil' } as Surgery, 320).learning.strategy.options).toEqual({ temperature: 3, memory: 9, start: 'scratch' });
});

test.each<[string, PipelineInput['learning'], number]>([
  ['as it is', { strategy: 'packed-replay' }, 6],
  ['repeating each batch', { strategy: { name: 'packed-replay', repeats: 4 } }, 24],
  ['of ten steps', { epochs: 1, batch: 32 }, 1],
  ['of nine steps, of which none may be lost', { epochs: 9, batch: 320 }, 0],
  ['of one step', { epochs: 1, batch: 320 }, 0],
])('after a surgery the rate grows in the first tenth of the steps: a strategy %s', (_, learning, warmup) => {
  const pipeline = pipelineOf({ mlp: [4] }, { epochs: 3, batch: 16, ...learning });
  expect(afterSurgery(pipeline, { transfer: 'weights' } as Surgery, 320).learning.warmup).toBe(warmup);
});

test.each([['added', undefined, 'sky'], ['left out', 'sky', undefined], ['another one', 'sky', 'sea']])('no surgery makes up for a label.head that is %s: the refusal says what does', async (_, before, now) => {
  const table = ((): Table => {
    const { columns, ...rows } = period(1, 100);
    const head: Table['columns'][string] = { kind: 'category', levels: ['blue'], codes: new Int32Array(100) };
    return { ...rows, columns: { ...columns, sky: head, sea: head } };
  })();
  const of = (head?: string) => ({ ...pipelineOf({ mlp: [4] }, { scratchEpochs: 1 }), label: { column: 'label', ...(head === undefined ? {} : { head }) } });
  const range = { from: 0, to: 100 };
  const { learner } = await train({ pipeline: of(before), table, parent: null, backend });
  const proposal = (await propose(of(now), learner, table, range))!;
  const message = `label.head is ${now ?? 'left out'}, but the champion was trained with ${before ?? 'none'}; train from scratch with learning.mode: stateless once`;
  await expect(rehearse(of(now), { version: '1.1.0', learner }, proposal, table, range)).rejects.toThrow(message);
  // That cure does not fail where the rows lack a class.
  const down = { ...table, columns: { ...table.columns, label: { ...table.columns.label, codes: new Int32Array(100) } as Table['columns'][string] } };
  expect(await propose(of(now), learner, down, range)).not.toBeNull();
  learner.model.dispose();
});

test('what a history holds of a surgery says where renamed weights come from', async () => {
  const variables = [{ name: 'hidden3/bias', source: 'hidden2/bias', from: [4], to: [4], action: 'copied' as const }];
  const plan = { variables, kept: 1, preserved: true, warnings: [], changes: { columns: { added: [], removed: [] }, levels: {}, classes: [], model: true } };
  const surgery = { because: [], plan, transfer: 'weights', check: { rows: 1, difference: 0, agreement: 1 } } as unknown as Surgery;
  expect((await keepSurgery({ putBlob: () => Promise.resolve('d') } as unknown as Registry, surgery)).variables).toEqual(variables);
});

test('a hint acts once: where its network has been promoted, it neither fails a run nor undoes what was learned', async () => {
  const of = (mlp: number[], hints: Record<string, string | null> = {}) => pipelineOf({ mlp }, { scratchEpochs: 1 }, { hints });
  const [table, range] = [period(1, 160), { from: 0, to: 160 }];
  const { learner: champion } = await train({ pipeline: of([4, 6]), table, parent: null, backend });
  const asked = of([6], { hidden1: 'hidden2' });
  const proposal = (await propose(asked, champion, table, range))!;
  expect(proposal.plan.variables.map(({ name, source }) => [name, source])).toContainEqual(['hidden1/kernel', undefined]);
  const promoted = await operated(asked, champion, proposal, table, range);
  expect(await propose(asked, promoted, table, range)).toBeNull();
  // A new column is the only reason now.
  const later = (await propose(of([6], { hidden1: null }), promoted, period(2, 160), range))!;
  expect(later.because).toEqual(['wind is a new column', 'label has the new class far']);
  expect(later.plan).toMatchObject({ kept: 1, preserved: true });
  for (const { model } of [champion, promoted]) model.dispose();
});

/** Rows of two of four classes, each round a corner of its own. */
function corners(number: number, rows: number): Table {
  const random = new Random(number, 'corners');
  const codes = Int32Array.from({ length: rows }, (_, i) => 2 * (number - 1) + (i % 2));
  const column = (of: (code: number) => number): Column => ({ kind: 'number', values: Float64Array.from(codes, (code) => of(code) + 0.6 * random.uniform()) });
  return {
    rows,
    time: Float64Array.from({ length: rows }, (_, i) => (number * rows + i) * 3_600_000),
    columns: { a: column((code) => code % 2), b: column((code) => Math.floor(code / 2)), label: { kind: 'category', levels: ['k0', 'k1', 'k2', 'k3'], codes } },
  };
}

test.each(['packed-replay', 'der', 'replay'])('a period of new classes alone does not push the old ones out of what %s remembers', async (strategy) => {
  const pipeline = pipelineOf({ mlp: [32] }, { strategy, epochs: 5, scratchEpochs: 10, rate: 0.01, batch: 32 });
  const [before, table, range] = [corners(1, 800), corners(2, 800), { from: 0, to: 800 }];
  const { learner: champion } = await train({ pipeline, table: before, parent: null, backend });
  const proposal = (await propose(pipeline, champion, table, range))!;
  const surgery = await rehearse(pipeline, { version: '1.1.0', learner: champion }, proposal, table, range);
  const patient = await operated(pipeline, champion, proposal, table, range);
  const { learner } = await train({ pipeline: afterSurgery(pipeline, surgery, 800), table, range, parent: patient, teacher: teacherFor(champion, patient, surgery), backend });
  const right = (rows: Table): number => accuracy(predict(learner.model, learner.features, rows).predictions, labels(learner.features, rows));
  expect([right(before), right(table)].map((share) => share > 0.9 || share)).toEqual([true, true]);
  for (const { model } of [champion, patient, learner]) model.dispose();
});
