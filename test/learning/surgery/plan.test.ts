import * as tf from '@tensorflow/tfjs';
import { extendFeatures, fitFeatures, loadBackend, loadModel, operate, planSurgery, planText, saveModel, type SurgeryPlan, type SurgeryRequest } from '../../../learning';
import { champion, championOf, modelSpec, rowsOf, spec, type World } from './networks';

beforeAll(() => loadBackend(['native'], { convolution: false }));

const world: World = { numbers: ['wind', 'rain'], categories: { region: ['north', 'south'] }, classes: ['no', 'yes'] };
const request = async (before: unknown, after: unknown, later: World = world, more: Partial<SurgeryRequest> = {}): Promise<SurgeryRequest> => {
  const { learner } = await championOf(world, before, 1);
  const features = later === world ? learner.features : extendFeatures(learner.features, spec, rowsOf(later, 2));
  return { champion: learner, model: modelSpec(after), features, seed: 1, ...more };
};
const plan = async (...asked: Parameters<typeof request>): Promise<SurgeryPlan> => planSurgery(await request(...asked));
const actions = ({ variables }: SurgeryPlan): Record<string, string> => Object.fromEntries(variables.map(({ name, action, source }) => [name, source ? `${action} from ${source}` : action]));

test('the same model and the same features are copied as they are', async () => {
  const same = await plan({ mlp: [4] }, { mlp: [4] });
  expect(new Set(Object.values(actions(same)))).toEqual(new Set(['copied']));
  expect(same).toMatchObject({ kept: 1, preserved: true, warnings: [], changes: { columns: { added: [], removed: [] }, levels: {}, classes: [], model: false } });
});

test('a champion from its files is no other network, whatever names and seeds its layers have', async () => {
  for (const model of [{ mlp: [4, 3], dropout: 0.2 }, { mlp: [] }]) {
    const asked = await request(model, model);
    const restored = await loadModel(saveModel(asked.champion));
    expect((await planSurgery({ ...asked, champion: restored, seed: 9 })).changes.model).toBe(false);
    expect((await planSurgery({ ...asked, champion: restored, model: modelSpec({ ...model, mlp: [5] }) })).changes.model).toBe(true);
  }
  expect((await plan({ mlp: [4], dropout: 0.2 }, { mlp: [4], dropout: 0.3 })).changes.model).toBe(true);
});

test('each rule has its word, and the plan is plain JSON', async () => {
  const later = { numbers: ['wind', 'rain', 'sun'], categories: { region: ['north', 'south', 'east'] }, classes: ['no', 'yes', 'maybe'] };
  const found = await plan({ mlp: [4, 3] }, { mlp: [6, 3, 3] }, later);
  expect(actions(found)).toEqual({
    'hidden1/kernel': 'remapped',
    'hidden1/bias': 'widened',
    'hidden2/kernel': 'zero-padded',
    'hidden2/bias': 'copied',
    'hidden3/kernel': 'fresh',
    'hidden3/bias': 'fresh',
    'logits/kernel': 'widened',
    'logits/bias': 'widened',
  });
  expect(found.variables.find(({ name }) => name === 'hidden1/kernel')).toMatchObject({ from: [9, 4], to: [12, 6] });
  expect(found.changes).toEqual({ columns: { added: ['sun'], removed: [] }, levels: { region: ['east'] }, classes: ['maybe'], model: true });
  expect(found).toMatchObject({ kept: 1, preserved: true });
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test.each([
  ['a changed activation', { mlp: [4, 3] }, { mlp: [4, 3], activation: 'tanh' }, /hidden1: activation relu → tanh; it begins anew/, { 'hidden1/kernel': 'fresh', 'logits/kernel': 'copied' }],
  ['fewer units', { mlp: [8] }, { mlp: [5] }, /hidden1: the first 5 of 8 units are kept/, { 'hidden1/kernel': 'copied', 'logits/kernel': 'copied' }],
  ['a new layer that is not relu', { mlp: [4] , activation: 'tanh' }, { mlp: [4, 4], activation: 'tanh' }, /hidden2 \(Dense, tanh\) is new and cannot begin as the identity/, { 'hidden1/kernel': 'copied', 'hidden2/kernel': 'fresh', 'logits/kernel': 'fresh' }],
  ['a layer less', { mlp: [4, 3] }, { mlp: [4] }, /logits: it takes from another layer than before; it begins anew/, { 'hidden1/kernel': 'copied', 'logits/kernel': 'fresh', 'hidden2/kernel': 'dropped' }],
  ['a new layer that is too narrow', { mlp: [4] }, { mlp: [4, 3] }, /hidden2 \(Dense, relu\) is new and cannot begin as the identity/, { 'hidden2/kernel': 'fresh' }],
] as const)('%s is said, and nothing is promised', async (_, before, after, warning, expected) => {
  const found = await plan(before, after);
  expect(found.preserved).toBe(false);
  expect(found.warnings.join('\n')).toMatch(warning);
  expect(actions(found)).toMatchObject(expected);
});

test('the share that is kept counts the parameters that live on', async () => {
  // 9 inputs: kernels of 9·4 + 4·3 + 3·2 = 54, biases of 4 + 3 + 2 = 9; the first layer's 40 are lost.
  expect((await plan({ mlp: [4, 3] }, { mlp: [4, 3], activation: 'relu' }, world, { hints: { hidden1: null } })).kept).toBeCloseTo(23 / 63, 10);
  // 5 of 8 units: 9·5 + 5 + 5·2 + 2 of 9·8 + 8 + 8·2 + 2.
  expect((await plan({ mlp: [8] }, { mlp: [5] })).kept).toBeCloseTo(62 / 98, 10);
});

test('a hint says where a layer comes from, where the guess would be wrong', async () => {
  const guess = await plan({ mlp: [4, 4] }, { mlp: [4, 4, 4] });
  expect(actions(guess)).toMatchObject({ 'hidden2/kernel': 'copied', 'hidden3/kernel': 'fresh' });
  const hinted = await plan({ mlp: [4, 4] }, { mlp: [4, 4, 4] }, world, { hints: { hidden2: null, hidden3: 'hidden2' } });
  expect(actions(hinted)).toMatchObject({ 'hidden2/kernel': 'fresh', 'hidden3/kernel': 'copied from hidden2/kernel' });
  expect(hinted.preserved).toBe(true);
});

test.each([
  [{ hidden9: null }, 'the new model has no layer hidden9 with weights; it has hidden1, hidden2, logits'],
  [{ hidden1: 'hidden7' }, 'the champion has no layer hidden7'],
  [{ hidden1: 'hidden2', hidden2: 'hidden2' }, 'hidden2 is named twice'],
] as [Record<string, string | null>, string][])('a hint that cannot be meant is refused: %j', async (hints, message) => {
  await expect(plan({ mlp: [4, 4] }, { mlp: [4, 4] }, world, { hints })).rejects.toThrow(message);
});

test('copied units that share out what the next layer takes are said to', async () => {
  const found = await plan({ mlp: [4, 3] }, { mlp: [6, 3] }, world, { widening: 'net2net' });
  expect(found.variables.find(({ name }) => name === 'hidden2/kernel')).toMatchObject({ action: 'widened', note: 'its rows are shared out with 2 copied units' });
});

test('classes that do not begin with the champion\'s are refused', async () => {
  const asked = await request({ mlp: [4] }, { mlp: [4] });
  await expect(planSurgery({ ...asked, features: { ...asked.features, classes: ['yes', 'no'] } })).rejects.toThrow('must begin with the champion\'s, no, yes: make them with extendFeatures');
});

test('a column that is gone or back is said', async () => {
  const gone = await plan({ mlp: [4] }, { mlp: [4] }, { ...world, numbers: ['wind'] });
  expect(gone).toMatchObject({ preserved: true, kept: 1, warnings: ['rain is gone: it counts as missing in each row from now on'], changes: { columns: { added: [], removed: ['rain'] }, model: false } });
  const asked = await request({ mlp: [4] }, { mlp: [4] }, { ...world, numbers: ['wind'] });
  const back = await planSurgery({ ...asked, champion: await operate(asked), features: asked.champion.features });
  expect(back).toMatchObject({ preserved: false, kept: 1, warnings: ['rain was held constant and is back: its old weights act again'], changes: { columns: { added: ['rain'], removed: [] } } });
});

test('inputs that are scaled in another way begin anew, and the rest is kept', async () => {
  const asked = await request({ mlp: [4] }, { mlp: [4] });
  const inputs = asked.features.inputs.map((input) => (input.kind === 'number' ? { ...input, mean: input.mean + 1 } : input));
  const found = await planSurgery({ ...asked, features: { ...asked.features, inputs } });
  expect(actions(found)).toMatchObject({ 'hidden1/kernel': 'fresh', 'logits/kernel': 'copied' });
  expect(found.warnings[0]).toBe('hidden1: the inputs are others, or scaled in another way; it begins anew');
});

const layer = (class_name: string, config: object): object => ({ class_name, config });
const sequential = (...layers: object[]): object => ({ layers: layer('Sequential', { layers }) });

test('between a perceptron and a convolutional network nothing goes over but what stays where it was', async () => {
  const pixels: World = { numbers: Array.from({ length: 16 }, (_, i) => `p${i}`), categories: {}, classes: ['0', '1'] };
  const image = { ...spec, cycles: [], scaler: 'shared' as const };
  const features = fitFeatures(image, rowsOf(pixels, 1));
  const found = await planSurgery({ champion: await champion(modelSpec({ mlp: [16, 5] }), features, 1), features, seed: 1, model: modelSpec({ cnn: { image: [4, 4, 1], filters: [4], dense: 5 } }) });
  const made = found.variables.filter(({ to }) => to !== null).map(({ name, action }) => [name, action]);
  expect(made).toEqual([['conv1/kernel', 'fresh'], ['conv1/bias', 'fresh'], ['hidden1/kernel', 'fresh'], ['hidden1/bias', 'fresh'], ['logits/kernel', 'copied'], ['logits/bias', 'copied']]);
  expect(found.preserved).toBe(false);
});

test('another pooling keeps the weights, and promises nothing', async () => {
  const { learner } = await championOf(world, { mlp: [2] }, 1);
  const net = (pooling: string): object =>
    sequential(layer('Reshape', { name: 'image', target_shape: [3, 3, 1], batch_input_shape: [null, 9] }), layer('Conv2D', { name: 'conv', filters: 2, kernel_size: 2 }), layer(pooling, { name: 'pool' }), layer('Dense', { name: 'out', units: 2 }));
  const found = await planSurgery({ champion: await champion(modelSpec(net('GlobalMaxPooling2D')), learner.features, 1), features: learner.features, seed: 1, model: modelSpec(net('GlobalAveragePooling2D')) });
  expect(found).toMatchObject({ kept: 1, preserved: false, warnings: ['out: what it takes is not what it took before'] });
});

test('a recurrent cell is copied whole or begins anew', async () => {
  const { learner } = await championOf(world, { mlp: [2] }, 1);
  const net = (units: number): object =>
    sequential(layer('Reshape', { name: 'steps', target_shape: [3, 3], batch_input_shape: [null, 9] }), layer('GRU', { name: 'cell', units }), layer('Dense', { name: 'out', units: 2 }));
  const asked = { champion: await champion(modelSpec(net(4)), learner.features, 1), features: learner.features, seed: 1 };
  expect(await planSurgery({ ...asked, model: modelSpec(net(4)) })).toMatchObject({ preserved: true, kept: 1 });
  const wider = await planSurgery({ ...asked, model: modelSpec(net(5)) });
  expect(wider.preserved).toBe(false);
  expect(wider.warnings[0]).toBe('cell (GRU): a recurrent cell cannot be widened exactly; it begins anew');
});

test('what normalises over units is not promised when units come in', async () => {
  const { learner } = await championOf(world, { mlp: [2] }, 1);
  const net = (units: number): object => sequential(layer('Dense', { name: 'first', units, batch_input_shape: [null, 9] }), layer('LayerNormalization', { name: 'norm' }), layer('Dense', { name: 'out', units: 2 }));
  const asked = { champion: await champion(modelSpec(net(4)), learner.features, 1), features: learner.features, seed: 1 };
  const found = await planSurgery({ ...asked, model: modelSpec(net(6)) });
  expect(found).toMatchObject({ preserved: false, kept: 1, warnings: ['norm: a LayerNormalization mixes units, and some of what it takes is new'] });
});

test.each([
  ['softmax', (units: number) => [layer('Dense', { name: 'first', units, activation: 'softmax', batch_input_shape: [null, 9] })], 'first: its activation softmax mixes units, and some of them are new'],
  ['logSoftmax', (units: number) => [layer('Dense', { name: 'first', units, batch_input_shape: [null, 9] }), layer('Activation', { name: 'log', activation: 'logSoftmax' })], 'log: a Activation mixes units, and some of what it takes is new'],
])('a hidden %s is not promised when units come in', async (_, hidden, warning) => {
  const { learner } = await championOf(world, { mlp: [2] }, 1);
  const net = (units: number): object => sequential(...hidden(units), layer('Dense', { name: 'out', units: 2 }));
  const asked = { champion: await champion(modelSpec(net(4)), learner.features, 1), features: learner.features, seed: 1 };
  expect(await planSurgery({ ...asked, model: modelSpec(net(6)) })).toMatchObject({ preserved: false, warnings: expect.arrayContaining([warning]) as string[] });
  expect(await planSurgery({ ...asked, model: modelSpec(net(4)) })).toMatchObject({ preserved: true, warnings: [] });
});

test('a changed kernel size begins its layer anew', async () => {
  const { learner } = await championOf(world, { mlp: [2] }, 1);
  const net = (size: number): object =>
    sequential(layer('Reshape', { name: 'image', target_shape: [3, 3, 1], batch_input_shape: [null, 9] }), layer('Conv2D', { name: 'conv', filters: 2, kernel_size: size, padding: 'same' }), layer('Flatten', { name: 'flat' }), layer('Dense', { name: 'out', units: 2 }));
  const found = await planSurgery({ champion: await champion(modelSpec(net(3)), learner.features, 1), features: learner.features, seed: 1, model: modelSpec(net(5)) });
  expect(found.warnings[0]).toBe('conv: kernelSize 3x3 → 5x5; it begins anew');
  expect(actions(found)).toMatchObject({ 'conv/kernel': 'fresh', 'out/kernel': 'copied' });
});

test('strategy tensors that cannot follow are named', async () => {
  const asked = await request({ mlp: [4] }, { mlp: [6] });
  const tensors = { gram: { shape: [10], values: new Float32Array(10) }, trainings: { shape: [], values: Float32Array.of(3) } };
  const found = await planSurgery({ ...asked, champion: { ...asked.champion, strategy: { strategy: 'ridge', memory: null, tensors } } });
  expect(found.warnings).toEqual(["ridge's gram cannot follow and begins anew"]);
});

test('a plan reads as a table', async () => {
  const later = { numbers: ['wind', 'rain', 'sun'], categories: { region: ['north', 'south', 'east'] }, classes: ['no', 'yes', 'maybe'] };
  expect(planText(await plan({ mlp: [4, 3] }, { mlp: [6, 3, 3] }, later))).toBe(`\
Because: another network; new column sun; new in region east; new class maybe
Kept: 100.0 % of the champion's parameters; its function is preserved.

variable        from    to       action       note
hidden1/kernel  [9, 4]  [12, 6]  remapped     rows follow the levels of region: new ones begin as unknown; zero rows for sun; 2 new units, at random
hidden1/bias    [4]     [6]      widened      2 new units
hidden2/kernel  [4, 3]  [6, 3]   zero-padded  2 zero rows for new units
hidden2/bias    [3]     [3]      copied
hidden3/kernel  –       [3, 3]   fresh        the identity: gives what it takes
hidden3/bias    –       [3]      fresh        zeros
logits/kernel   [3, 2]  [3, 3]   widened      new class maybe: zeros
logits/bias     [2]     [3]      widened      new class maybe: from the prior
`);
});

test('planning frees what it makes', async () => {
  const asked = await request({ mlp: [4] }, { mlp: [6, 6] });
  const { numTensors } = tf.memory();
  await planSurgery(asked);
  await expect(planSurgery({ ...asked, hints: { nowhere: null } })).rejects.toThrow();
  expect(tf.memory().numTensors).toBe(numTensors);
});
