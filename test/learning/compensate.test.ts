import * as tf from '@tensorflow/tfjs';
import { pipelineSchema, type Table } from '../../contracts';
import { buildModel, compensate, compensateState, encode, firstDense, fitFeatures, loadBackend, Random, standardise, train, updateFeatures, type Features } from '../../learning';
import { weightsOf } from '../../learning/models';
import { categories, numbers, pipelineWith, tableOf } from './tables';

beforeAll(() => loadBackend(['native'], { convolution: false }));

const spec = { label: 'label', exclude: [], cycles: ['day' as const], scaler: 'running' as const };

/** Columns of very different sizes, one of them constant for a while, some values missing. */
function rows(random: Random, varies: boolean): Table {
  const count = 40;
  const column = (make: () => number): ReturnType<typeof numbers> => numbers(Array.from({ length: count }, make));
  const [centre, spread] = [200 * random.uniform() - 100, 0.1 + 30 * random.uniform()];
  return tableOf({
    a: column(() => centre + spread * random.uniform()),
    b: column(() => (random.uniform() < 0.2 ? NaN : random.uniform() * 1e-3)),
    c: column(() => (varies ? random.uniform() : 0.5)),
    d: categories(Array.from({ length: count }, () => 'pqr'[random.below(3)]!)),
    label: numbers(Array.from({ length: count }, (_, i) => i % 2)),
  });
}

function outputs(model: tf.LayersModel, features: Features, table: Table): Float32Array {
  return tf.tidy(() => {
    const x = tf.tensor2d(standardise(features, encode(features, table)), [table.rows, features.width]);
    return (model.predict(x) as tf.Tensor).dataSync<'float32'>().slice();
  });
}

test('a model whose statistics moved gives the same outputs for raw rows, for random nets and statistics', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed, 'compensate');
    const [old, later] = [rows(random, seed % 2 === 0), rows(random, true)];
    const before = fitFeatures(spec, old);
    const after = updateFeatures(before, later);
    const hidden = Array.from({ length: random.below(3) }, () => 1 + random.below(20));
    const model = await buildModel(pipelineSchema.shape.model.parse({ mlp: hidden }), { width: before.width, classes: 2 }, seed);
    const expected = outputs(model, before, old);
    expect(after).not.toEqual(before);
    compensate(model, null, before, after);
    const found = outputs(model, after, old);
    expect(Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
    model.dispose();
  }
});

test('a column that did not vary and then does is like a new one: its weights begin at zero, and old rows get the same outputs', async () => {
  const table = (values: number[]): Table => tableOf({ p: numbers(values), q: numbers(values.map((_, i) => i)), label: numbers(values.map((_, i) => i % 2)) });
  const old = table(Array.from({ length: 40 }, () => 3));
  const before = fitFeatures(spec, old);
  const after = updateFeatures(before, table(Array.from({ length: 40 }, (_, i) => 25_000 * i)));
  const model = await buildModel(pipelineSchema.shape.model.parse({ mlp: [4] }), { width: before.width, classes: 2 }, 1);
  const kernel = (): number[] => [...model.getWeights()[0]!.dataSync()].slice(0, 4);
  const expected = outputs(model, before, old);
  compensate(model, null, before, after);
  expect(kernel()).toEqual([0, 0, 0, 0]);
  expect(Math.max(...outputs(model, after, old).map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5);
  model.dispose();
});

test('what of a strategy is a weight of the first layer follows as the model does, its bias too', async () => {
  const [before, after] = [fitFeatures(spec, rows(new Random(1), true)), fitFeatures(spec, rows(new Random(2), true))];
  const moved = { ...before, inputs: before.inputs.map((input, i) => (input.kind === 'number' ? { ...input, mean: (after.inputs[i] as typeof input).mean, m2: (after.inputs[i] as typeof input).m2 } : input)) };
  const model = await buildModel(pipelineSchema.shape.model.parse({ mlp: [] }), { width: before.width, classes: 2 }, 1);
  const named = () => Object.fromEntries(weightsOf(model).map(({ name, variable }) => [`head/${name}`, { shape: variable.shape, values: variable.dataSync<'float32'>().slice() }]));
  const tensors = compensateState(model, named(), before, moved);
  compensate(model, null, before, moved);
  expect(tensors).toEqual(named());
  model.dispose();
});

test("the optimizer's moments of the first layer follow as gradients do, and no others", async () => {
  const before = fitFeatures(spec, rows(new Random(1), true));
  const inputs = before.inputs.map((input) => (input.kind === 'number' && input.column === 'a' ? { ...input, m2: input.m2 * 4 } : input));
  const model = await buildModel(pipelineSchema.shape.model.parse({ mlp: [2] }), { width: before.width, classes: 2 }, 1);
  const ones = (...shape: number[]): { shape: number[]; values: Float32Array } => ({ shape, values: new Float32Array(shape.reduce((a, b) => a * b)).fill(1) });
  const state = {
    name: 'adam' as const,
    iterations: 3,
    arrays: { 'hidden1/kernel/m': ones(before.width, 2), 'hidden1/kernel/v': ones(before.width, 2), 'hidden1/bias/m': ones(2), 'logits/kernel/m': ones(2, 2) },
  };
  // The sd of the first input doubles, so the gradient of its weights halves.
  const moved = compensate(model, state, before, { ...before, inputs })!;
  expect([...moved.arrays['hidden1/kernel/m']!.values].slice(0, 4)).toEqual([0.5, 0.5, 1, 1]);
  expect([...moved.arrays['hidden1/kernel/v']!.values].slice(0, 4)).toEqual([0.25, 0.25, 1, 1]);
  expect(moved.arrays['hidden1/bias/m']).toEqual(state.arrays['hidden1/bias/m']);
  expect(moved.arrays['logits/kernel/m']).toEqual(state.arrays['logits/kernel/m']);
  expect(state.arrays['hidden1/kernel/m'].values[0]).toBe(1);
});

test("a strategy's importances of the first layer follow as squared gradients do, the places it holds weights to as weights", async () => {
  const before = fitFeatures(spec, rows(new Random(1), true));
  const inputs = before.inputs.map((input) => (input.kind === 'number' && input.column === 'a' ? { ...input, m2: input.m2 * 4 } : input));
  const model = await buildModel(pipelineSchema.shape.model.parse({ mlp: [2] }), { width: before.width, classes: 2 }, 1);
  const ones = (...shape: number[]): { shape: number[]; values: Float32Array } => ({ shape, values: new Float32Array(shape.reduce((a, b) => a * b)).fill(1) });
  const tensors = { 'fisher/hidden1/kernel': ones(before.width, 2), 'offset/hidden1/kernel': ones(before.width, 2), 'fisher/logits/kernel': ones(2, 2), trainings: ones(1) };
  const moved = compensateState(model, tensors, before, { ...before, inputs });
  expect([...moved['fisher/hidden1/kernel']!.values].slice(0, 4)).toEqual([0.25, 0.25, 1, 1]);
  expect([...moved['offset/hidden1/kernel']!.values].slice(0, 4)).toEqual([2, 2, 1, 1]);
  expect(moved['fisher/logits/kernel']).toEqual(tensors['fisher/logits/kernel']);
  expect(moved.trainings).toEqual(tensors.trainings);
});

test('only a model that begins with a dense layer with a bias can follow', async () => {
  const dense = { class_name: 'Dense', config: { units: 2, batch_input_shape: [null, 6] } };
  const build = async (spec: unknown): Promise<tf.LayersModel> => buildModel(pipelineSchema.shape.model.parse(spec), { width: 6, classes: 2 }, 1);
  expect(firstDense(await build({ mlp: [3] }))?.name).toBe('hidden1');
  expect(firstDense(await build({ layers: { class_name: 'Sequential', config: { layers: [dense] } } }))).not.toBeNull();
  const biasless = { class_name: 'Dense', config: { ...dense.config, use_bias: false } };
  expect(firstDense(await build({ layers: { class_name: 'Sequential', config: { layers: [biasless] } } }))).toBeNull();
  expect(firstDense(await build({ cnn: { image: [3, 2, 1], filters: [2] } }))).toBeNull();
});

test('what a new model says does not depend on columns that did not vary in its training', async () => {
  const backend = await loadBackend(['native'], { convolution: false });
  const values = Array.from({ length: 64 }, (_, i) => Math.sin(i));
  const table = (still: number): Table => tableOf({ a: numbers(values), still: numbers(values.map(() => still)), label: numbers(values.map((value) => (value > 0 ? 1 : 0))) });
  const { learner } = await train({ pipeline: pipelineWith(), table: table(1000), parent: null, backend });
  expect(outputs(learner.model, learner.features, table(1500))).toEqual(outputs(learner.model, learner.features, table(1000)));
});
