import { logitsOf } from '../../../learning/predict';
import { checkSurgery, extendFeatures, fitFeatures, loadBackend, operate, planSurgery, type Learner, type SurgeryRequest } from '../../../learning';
import type { NumberColumn, Table } from '../../../contracts';
import { branches, champion, championOf, modelSpec, randomSizes, randomStack, randomWorld, rowsOf, spec, wider, type World } from './networks';

beforeAll(() => loadBackend(['native'], { convolution: false }));

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

/** Operates, and gives the plan with what the check found on rows that neither model has seen. */
async function operated(request: SurgeryRequest, table: Table): Promise<{ preserved: boolean; warnings: string[]; difference: number; agreement: number; learner: Learner; kept: number }> {
  const plan = await planSurgery(request);
  const learner = await operate(request, plan);
  const { difference, agreement } = checkSurgery(request.champion, learner, table);
  return { ...plan, difference, agreement, learner };
}

async function expectPreserved(request: SurgeryRequest, table: Table): Promise<void> {
  const { preserved, warnings, difference, kept } = await operated(request, table);
  expect({ preserved, warnings, kept }).toEqual({ preserved: true, warnings: [], kept: 1 });
  expect(difference).toBeLessThanOrEqual(1e-5);
}

test.each(seeds)('a wider random network gives the same logits (seed %i)', async (seed) => {
  const world = randomWorld(seed);
  const sizes = randomSizes(seed);
  const table = rowsOf(world, seed);
  const { learner } = await championOf(world, { mlp: sizes, activation: 'tanh' }, seed);
  const { width, classes } = learner.features;
  const stack = (of: number[]) => modelSpec(randomStack(seed, of, width, classes.length));
  const stacked = await champion(stack(sizes), learner.features, seed);
  for (const widening of ['zero-outgoing', 'net2net'] as const) {
    await expectPreserved({ champion: stacked, model: stack(wider(sizes, seed)), features: learner.features, widening, seed }, table);
  }
});

test.each(seeds)('a random network that gets deeper by layers of relu or without activation gives the same logits (seed %i)', async (seed) => {
  const sizes = randomSizes(seed);
  const { learner, table } = await championOf(randomWorld(seed), { mlp: sizes }, seed);
  const place = seed % (sizes.length + 1);
  const deeper = [...sizes.slice(0, place), (sizes[place - 1] ?? sizes[0])! + (seed % 3), ...sizes.slice(place)];
  // Before the first layer there is no relu, and the identity would not come through.
  if (place > 0) await expectPreserved({ champion: learner, model: modelSpec({ mlp: deeper }), features: learner.features, seed }, table);
  await expectPreserved({ champion: learner, model: modelSpec({ mlp: [...wider(sizes, seed), wider(sizes, seed).at(-1)!] }), features: learner.features, widening: 'net2net', seed }, table);
});

/** The same world with a column, a level and a class more, or less of a column. */
const moved = (world: World, seed: number): World => ({
  numbers: [...(seed % 4 === 0 ? world.numbers.slice(1) : world.numbers), 'new'],
  categories: Object.fromEntries([...Object.entries(world.categories).map(([name, levels]) => [name, [...levels, 'later', 'latest']]), ...(seed % 3 === 0 ? [['other', ['p', 'q']]] : [])]),
  classes: [...world.classes, ...(seed % 2 === 0 ? ['late', 'later'] : ['late'])],
});

test.each(seeds)('new columns, levels and classes and columns that are gone leave the old logits alone (seed %i)', async (seed) => {
  const world = randomWorld(seed);
  const { learner } = await championOf(world, { mlp: randomSizes(seed), activation: 'selu' }, seed);
  const later = rowsOf(moved(world, seed), seed + 1);
  const features = extendFeatures(learner.features, { ...spec, cycles: ['day', 'week'] }, later);
  const { preserved, difference, kept } = await operated({ champion: learner, model: modelSpec({ mlp: randomSizes(seed), activation: 'selu' }), features, seed }, later);
  expect({ preserved, kept }).toEqual({ preserved: true, kept: 1 });
  expect(difference).toBeLessThanOrEqual(1e-5);
});

test.each(seeds)('all of it at once, wider and deeper too, leaves the old logits alone (seed %i)', async (seed) => {
  const world = randomWorld(seed);
  const sizes = randomSizes(seed);
  const { learner } = await championOf(world, { mlp: sizes }, seed);
  const later = rowsOf(moved(world, seed), seed + 1);
  const features = extendFeatures(learner.features, spec, later);
  for (const widening of ['zero-outgoing', 'net2net'] as const) {
    const sizesNow = [...wider(sizes, seed), wider(sizes, seed).at(-1)! + 1];
    const { preserved, difference, learner: patient } = await operated({ champion: learner, model: modelSpec({ mlp: sizesNow, dropout: 0.1 }), features, widening, rows: { table: later }, seed }, later);
    expect(preserved).toBe(true);
    expect(difference).toBeLessThanOrEqual(1e-5);
    // Old rows, which lack the new columns, are seen as before too.
    expect(checkSurgery(learner, patient, rowsOf(world, seed)).difference).toBeLessThanOrEqual(1e-5);
  }
});

test('large logits over many new columns are the same too: what is compared is not rounding', async () => {
  const world: World = { numbers: Array.from({ length: 200 }, (_, i) => `n${i}`), categories: {}, classes: ['0', '1'] };
  const { learner } = await championOf(world, { mlp: [64, 64] }, 5);
  const later = rowsOf({ ...world, numbers: [...world.numbers, ...Array.from({ length: 150 }, (_, i) => `m${i}`)] }, 6, 400);
  const features = extendFeatures(learner.features, spec, later);
  const patient = await operate({ champion: learner, model: modelSpec({ mlp: [64, 64] }), features, seed: 5 });
  expect(Math.max(...logitsOf(learner.model, learner.features, later))).toBeGreaterThan(30);
  expect(checkSurgery(learner, patient, later).difference).toBeLessThanOrEqual(1e-9);
});

test('batch norms that one row takes far out keep its large logits too', async () => {
  const world: World = { numbers: ['a', 'b'], categories: {}, classes: ['0', '1', '2'] };
  const features = fitFeatures(spec, rowsOf(world, 1, 300));
  const block = (i: number, units: number): object[] => [
    { class_name: 'Dense', config: { name: `dense${i}`, units, activation: 'relu', ...(i === 0 ? { batch_input_shape: [null, features.width] } : {}) } },
    { class_name: 'BatchNormalization', config: { name: `norm${i}` } },
  ];
  const net = (units: number) => modelSpec({ layers: { class_name: 'Sequential', config: { layers: [...[0, 1, 2].flatMap((i) => block(i, units)), { class_name: 'Dense', config: { name: 'out', units: 3 } }] } } });
  const far = rowsOf(world, 5, 300);
  (far.columns.a as NumberColumn).values[200] = 400;
  const seen = await champion(net(64), features, 1);
  expect(Math.max(...logitsOf(seen.model, features, far).map(Math.abs))).toBeGreaterThan(30);
  const { preserved, difference } = await operated({ champion: seen, model: net(96), features, widening: 'net2net', seed: 1 }, far);
  expect(preserved).toBe(true);
  expect(difference).toBeLessThanOrEqual(1e-5);
});

test.each(['Add', 'Concatenate', 'Maximum'] as const)('two branches that are joined by %s can get wider', async (join) => {
  const world = randomWorld(3);
  const { learner, table } = await championOf(world, { mlp: [2] }, 3);
  const { width, classes } = learner.features;
  const of = (units: number) => modelSpec(branches(join, units, width, classes.length));
  const branched = await champion(of(4), learner.features, 3);
  for (const widening of ['zero-outgoing', 'net2net'] as const) await expectPreserved({ champion: branched, model: of(7), features: learner.features, widening, seed: 3 }, table);
});

test.each([1, 2, 3])('a convolutional network gets more filters, more units and a new class, through pooling and flattening (seed %i)', async (seed) => {
  const pixels = Array.from({ length: 6 * 4 * 2 }, (_, i) => `p${i}`);
  const image = { ...spec, cycles: [], scaler: 'shared' as const };
  const world = { numbers: pixels, categories: {}, classes: ['0', '1', '2'] };
  const table = rowsOf(world, seed);
  const model = (filters: number[], dense: number) => modelSpec({ cnn: { image: [6, 4, 2], filters, dense } });
  const seen = await champion(model([3, 4], 5), fitFeatures(image, table), seed);
  for (const widening of ['zero-outgoing', 'net2net'] as const) {
    await expectPreserved({ champion: seen, model: model([5, 6], 9), features: seen.features, widening, seed }, table);
  }
  const later = rowsOf({ ...world, classes: [...world.classes, '3'] }, seed + 1);
  await expectPreserved({ champion: seen, model: model([3, 6], 5), features: extendFeatures(seen.features, image, later), seed }, later);
});

test('a convolution that is put in begins as the identity', async () => {
  const { learner, table } = await championOf({ numbers: Array.from({ length: 16 }, (_, i) => `p${i}`), categories: {}, classes: ['0', '1'] }, { mlp: [2] }, 1);
  const { width } = learner.features;
  const layer = (class_name: string, config: object): object => ({ class_name, config });
  const conv = (name: string, filters: number): object => layer('Conv2D', { name, filters, kernel_size: 3, padding: 'same', activation: 'relu' });
  const net = (...inner: object[]) =>
    modelSpec({ layers: { class_name: 'Sequential', config: { layers: [layer('Reshape', { name: 'image', target_shape: [width / 2, 2, 1], batch_input_shape: [null, width] }), ...inner, layer('GlobalAveragePooling2D', { name: 'mean' }), layer('Dense', { name: 'out', units: 2 })] } } });
  const shallow = await champion(net(conv('first', 3)), learner.features, 1);
  await expectPreserved({ champion: shallow, model: net(conv('first', 3), conv('second', 5)), features: learner.features, seed: 1 }, table);
});
