import * as tf from '@tensorflow/tfjs';
import type { BackendFacts } from '../../../contracts';
import { encode, extendFeatures, fitFeatures, holdMissing, loadBackend, loadModel, operate, planSurgery, predict, saveModel, standardise, train, type Learner, type NamedArrays } from '../../../learning';
import { unpack } from '../../../learning/memory';
import { weightsOf } from '../../../learning/models';
import { bits, categories, numbers, pipelineWith, stream, tableOf } from '../tables';
import { champion, championOf, modelSpec, randomSizes, randomWorld, rowsOf, spec, wider } from './networks';

let backend: BackendFacts;
beforeAll(async () => void (backend = await loadBackend(['native'], { convolution: false })));

const label = categories(['no', 'yes', 'no', 'yes']);
const before = tableOf({ a: numbers([1, 2, 3, 4]), k: categories(['x', 'y', 'x', null]), label });
const after = tableOf({ a: numbers([1, 2, 3, 4]), k: categories(['x', 'y', 'z', 'z']), late: numbers([5, 6, 7, NaN]), label: categories(['no', 'yes', 'maybe', 'maybe']) });
/** Inputs before: a, x, y, unknown, sin, cos. Now: a, x, y, z, unknown, sin, cos, late, late is missing. */
const inputs = [0, 1, 2, null, 3, 4, 5, null, null];
const firstTwo = [0, 1, null];

/** What follows a kernel as it is: its own numbers, and `pad` elsewhere. */
const padded = ({ values }: NamedArrays[string], rows: (number | null)[], columns: (number | null)[], width: number, pad: number): number[] =>
  rows.flatMap((row) => columns.map((column) => (row === null || column === null ? pad : values[row * width + column]!)));

async function grown(more: Partial<Learner> = {}, widening: 'zero-outgoing' | 'net2net' = 'zero-outgoing'): Promise<{ old: Learner; now: Learner }> {
  const old = { ...(await champion(modelSpec({ mlp: [2] }), fitFeatures(spec, before), 1)), ...more };
  const features = extendFeatures(old.features, spec, after);
  return { old, now: await operate({ champion: old, model: modelSpec({ mlp: [3] }), features, widening, rows: { table: after }, seed: 1 }) };
}

test.each(['zero-outgoing', 'net2net'] as const)("Adam's moments follow their weights, and those of new parts begin at 0 (%s)", async (widening) => {
  const { old, now } = await grown({}, widening);
  const [were, are] = [old.optimizer!.arrays, now.optimizer!.arrays];
  for (const slot of ['m', 'v']) {
    expect([...are[`hidden1/kernel/${slot}`]!.values]).toEqual(padded(were[`hidden1/kernel/${slot}`]!, inputs, firstTwo, 2, 0));
    expect([...are[`hidden1/bias/${slot}`]!.values]).toEqual([...were[`hidden1/bias/${slot}`]!.values, 0]);
    expect([...are[`logits/kernel/${slot}`]!.values]).toEqual(padded(were[`logits/kernel/${slot}`]!, firstTwo, firstTwo, 2, 0));
  }
  expect(now.optimizer).toMatchObject({ name: 'adam', iterations: 100 });
  expect(are.accBeta1).toEqual(were.accBeta1);
});

test("Adagrad's sums of new parts begin as in a new optimizer, at 0.1", async () => {
  const values = Float32Array.from({ length: 4 }, (_, i) => i + 1);
  const { now } = await grown({ optimizer: { name: 'adagrad', iterations: 3, arrays: { 'logits/kernel/accumulator': { shape: [2, 2], values } } } });
  expect([...now.optimizer!.arrays['logits/kernel/accumulator']!.values]).toEqual(padded({ shape: [2, 2], values }, firstTwo, firstTwo, 2, Math.fround(0.1)));
});

test('the weights are those of before, zeros for what is taken anew, and random for new units', async () => {
  const { old, now } = await grown();
  const of = ({ model }: Learner, name: string): number[] => [...weightsOf(model).find((weight) => weight.name === name)!.variable.dataSync()];
  const [was, is] = [of(old, 'hidden1/kernel'), of(now, 'hidden1/kernel')];
  // The level z was unknown (row 3) before.
  const rows = [0, 1, 2, 3, 3, 4, 5];
  rows.forEach((row, i) => expect(is.slice(3 * i, 3 * i + 2)).toEqual(was.slice(2 * row, 2 * row + 2)));
  [7, 8].forEach((row) => expect(is.slice(3 * row, 3 * row + 2)).toEqual([0, 0]));
  expect(is.filter((value, i) => i % 3 === 2 && value === 0)).toEqual([]);
  const head = of(old, 'logits/kernel');
  expect(of(now, 'logits/kernel')).toEqual([head[0], head[1], 0, head[2], head[3], 0, 0, 0, 0]);
});

test('a new class begins with its share of the new rows: its mean probability against the old logits', async () => {
  const { old, now } = await grown();
  const bias = [...weightsOf(now.model).find(({ name }) => name === 'logits/bias')!.variable.dataSync()];
  const logits = tf.tidy(() => {
    const { model, features } = old;
    const x = tf.tensor2d(standardise(features, encode(features, after)), [4, features.width]);
    return (model.predict(x) as tf.Tensor).arraySync() as number[][];
  });
  const own = Math.exp(bias[2]!);
  const mean = logits.reduce((sum, row) => sum + own / (own + row.reduce((all, z) => all + Math.exp(z), 0)), 0) / 4;
  // 2 of 4 rows, with one more of each of the 3 classes: 3 of 7.
  expect(mean).toBeCloseTo(3 / 7, 6);
});

test('without rows every class counts alike, and the biases stand for the logits', async () => {
  const old = await champion(modelSpec({ mlp: [2] }), fitFeatures(spec, before), 1);
  const now = await operate({ champion: old, model: modelSpec({ mlp: [2] }), features: extendFeatures(old.features, spec, after), seed: 1 });
  const [a, b, c] = weightsOf(now.model).find(({ name }) => name === 'logits/bias')!.variable.dataSync();
  expect(c).toBeCloseTo(Math.log(1 / 2) + Math.log(Math.exp(a!) + Math.exp(b!)), 5);
});

test("the strategy's tensors follow their weights: importances as moments do, anchors and kept heads as weights do", async () => {
  const of = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => i + 1);
  const tensors: NamedArrays = {
    'fisher/hidden1/kernel': { shape: [6, 2], values: of(12) },
    'anchor/hidden1/kernel': { shape: [6, 2], values: of(12) },
    'head/logits/bias': { shape: [2], values: of(2) },
    'anchor/gone/kernel': { shape: [2], values: of(2) },
    trainings: { shape: [], values: of(1) },
    gram: { shape: [3], values: of(3) },
  };
  const { now } = await grown({ strategy: { strategy: 'ewc', memory: null, tensors } });
  const carried = now.strategy!.tensors;
  expect(Object.keys(carried).sort()).toEqual(['anchor/hidden1/kernel', 'fisher/hidden1/kernel', 'head/logits/bias', 'trainings']);
  expect([...carried['fisher/hidden1/kernel']!.values]).toEqual(padded(tensors['fisher/hidden1/kernel']!, inputs, firstTwo, 2, 0));
  const weights = Object.fromEntries(weightsOf(now.model).map(({ name, variable }) => [name, [...variable.dataSync()]]));
  const expected = weights['hidden1/kernel']!.map((value, i) => {
    const [row, column] = [[0, 1, 2, 3, 3, 4, 5, null, null][Math.floor(i / 3)], [0, 1, null][i % 3]];
    return row === null || column === null ? value : tensors['anchor/hidden1/kernel']!.values[row! * 2 + column!]!;
  });
  expect([...carried['anchor/hidden1/kernel']!.values]).toEqual(expected);
  expect([...carried['head/logits/bias']!.values]).toEqual([1, 2, weights['logits/bias']![2]]);
  expect(now.strategy!.tensors.trainings!.values).toEqual(Float32Array.of(1));
});

test('a tensor of no weight stays where the head takes what it took before', async () => {
  const old = await champion(modelSpec({ mlp: [2] }), fitFeatures(spec, before), 1);
  const strategy = { strategy: 'ridge', memory: null, tensors: { gram: { shape: [3], values: Float32Array.of(1, 2, 3) } } };
  const now = await operate({ champion: { ...old, strategy }, model: modelSpec({ mlp: [2] }), features: extendFeatures(old.features, spec, after), seed: 1 });
  expect(now.strategy!.tensors).toEqual(strategy.tensors);
});

test('rows of the memory are those that the new features would encode; of a new class they are no more than of the least likely one', async () => {
  const old = await champion(modelSpec({ mlp: [2] }), fitFeatures(spec, before), 1);
  const x = encode(old.features, before);
  const memory: NamedArrays = {
    x: { shape: [4, old.features.width], values: x },
    y: { shape: [4], values: Uint8Array.of(0, 1, 0, 1) },
    'kept/logits': { shape: [4, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    'kept/score': { shape: [4, 1], values: Float32Array.of(9, 9, 9, 9) },
    seen: { shape: [2], values: Float64Array.of(2, 2) },
    full: { shape: [2], values: Uint8Array.of(1, 0) },
  };
  const features = extendFeatures(old.features, spec, after);
  const now = await operate({ champion: { ...old, strategy: { strategy: 'der', memory, tensors: {} } }, model: modelSpec({ mlp: [2] }), features, seed: 1 });
  const carried = now.strategy!.memory!;
  expect(carried.x).toEqual({ shape: [4, features.width], values: encode(holdMissing(features, before), before) });
  expect([...carried['kept/logits']!.values]).toEqual([1, 2, 1, 3, 4, 3, 5, 6, 5, 7, 8, 7]);
  expect(carried['kept/score']).toBe(memory['kept/score']);
  expect(carried).toMatchObject({ seen: { shape: [3], values: Float64Array.of(2, 2, 0) }, full: { shape: [3], values: Uint8Array.of(1, 0, 0) } });
  expect(now.seen).toEqual([10, 11, 0]);
});

test.each(['replay', 'packed-replay', 'der', 'ewc', 'si', 'icarl', 'lwf'])('training by %s goes on from an operated learner, also from its files', async (strategy) => {
  const pipeline = pipelineWith({ strategy, epochs: 2 }, { mlp: [5] });
  const { learner: parent } = await train({ pipeline, table: stream(60), parent: null, backend });
  const { columns } = stream(60, 2);
  const later = tableOf({ ...columns, d: numbers(Array.from({ length: 60 }, (_, i) => i % 7)), label: numbers(Array.from({ length: 60 }, (_, i) => i % 3)) });
  const features = extendFeatures(parent.features, { ...spec, cycles: ['day', 'week'] }, later);
  const untouched = bits(saveModel(parent));
  const now = pipelineWith({ strategy, epochs: 2, warmup: 4 }, { mlp: [7, 7] });
  const operated = await operate({ champion: parent, model: now.model, features, rows: { table: later }, seed: 1 });
  expect(bits(saveModel(parent))).toEqual(untouched);
  const from = async (learner: Learner): Promise<Record<string, string>> => bits(saveModel((await train({ pipeline: now, table: later, parent: learner, backend })).learner));
  expect(await from(await loadModel(saveModel(operated)))).toEqual(await from(operated));
  expect(operated.features.classes).toEqual(['0', '1', '2']);
});

test.each([1, 2, 3, 4])('the same request gives the same bits, and an operated learner can be operated on again (seed %i)', async (seed) => {
  const sizes = randomSizes(seed);
  const { learner, table } = await championOf(randomWorld(seed), { mlp: sizes }, seed);
  for (const widening of ['zero-outgoing', 'net2net'] as const) {
    const request = { champion: learner, model: modelSpec({ mlp: wider(sizes, seed) }), features: learner.features, widening, seed };
    const once = await operate(request);
    expect(bits(saveModel(await operate(request)))).toEqual(bits(saveModel(once)));
    const twice = await operate({ ...request, champion: once, model: modelSpec({ mlp: wider(wider(sizes, seed), seed + 1) }) });
    const [a, b] = [learner, twice].map(({ model, features }) => predict(model, features, table).probabilities);
    a!.forEach((value, i) => expect(b![i]).toBeCloseTo(value, 5));
  }
});

test('a plan that is not what would be done is refused, and nothing leaks', async () => {
  const { learner } = await championOf(randomWorld(1), { mlp: [4] }, 1);
  const request = { champion: learner, model: modelSpec({ mlp: [5] }), features: learner.features, seed: 1 };
  const plan = await planSurgery(request);
  const { numTensors } = tf.memory();
  await expect(operate({ ...request, model: modelSpec({ mlp: [6] }) }, plan)).rejects.toThrow("the plan's variables are not what would be done now");
  expect(tf.memory().numTensors).toBe(numTensors);
  (await operate(request, JSON.parse(JSON.stringify(plan)) as typeof plan)).model.dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});

test('rows of random worlds encode as before after a random surgery', async () => {
  for (const seed of [1, 2, 3, 5, 6]) {
    const world = randomWorld(seed);
    const table = rowsOf(world, seed);
    const { learner } = await championOf(world, { mlp: [3] }, seed);
    const x = encode(learner.features, table);
    const memory = {
      x: { shape: [table.rows, learner.features.width], values: x },
      y: { shape: [table.rows], values: new Uint8Array(table.rows) },
      seen: { shape: [world.classes.length], values: new Float64Array(world.classes.length) },
      full: { shape: [world.classes.length], values: new Uint8Array(world.classes.length) },
    };
    const later = rowsOf({ numbers: [...world.numbers, 'new'], categories: { ...world.categories, m: ['p', 'q'] }, classes: [...world.classes, 'late'] }, seed + 1);
    const features = extendFeatures(learner.features, spec, later);
    const now = await operate({ champion: { ...learner, strategy: { strategy: 'replay', memory, tensors: {} } }, model: modelSpec({ mlp: [4] }), features, seed });
    expect(now.strategy!.memory!.x!.values).toEqual(encode(holdMissing(features, table), table));
  }
});

test('in remembered rows a column that the model may not see any more is missing, as in all rows to come', async () => {
  const { learner } = await train({ pipeline: { ...pipelineWith({ strategy: { name: 'replay', memory: 50 } }), features: { exclude: [], cycles: [] } }, table: stream(40), parent: null, backend });
  const spec = { label: 'label', exclude: ['b', 'c'], cycles: [], scaler: 'running' as const };
  const features = extendFeatures(learner.features, spec, stream(40));
  const { strategy } = await operate({ champion: learner, model: modelSpec({ mlp: [8] }), features, rows: { table: stream(40) }, seed: 1 });
  const [was, is] = [learner.strategy!.memory!, strategy!.memory!].map((memory) => unpack('x', memory)!.values);
  // The inputs are a, b, x, y, z and the unknown level of c.
  is!.forEach((value, i) => expect(value).toBe([was![i], 0, 0, 0, 0, 1][i % 6]));
});
