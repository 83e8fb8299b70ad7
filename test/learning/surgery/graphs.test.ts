import { checkSurgery, extendFeatures, fitFeatures, loadBackend, loadModel, operate, planSurgery, saveModel, type SurgeryPlan, type SurgeryRequest } from '../../../learning';
import { champion, modelSpec, rowsOf, spec, type World } from './networks';

beforeAll(() => loadBackend(['native'], { convolution: false }));

type Node = [class_name: string, name: string, config: object, ...from: (string | [string, number])[]];

/** A model written as its layers with those that each takes from: a name, or a name and which of its uses; several uses as lists in `again`. */
const graph = (nodes: Node[], again: Record<string, (string | [string, number])[][]> = {}): unknown => {
  const node = (from: (string | [string, number])[]): unknown => from.map((one) => (typeof one === 'string' ? [one, 0, 0, {}] : [...one, 0, {}]));
  const layers = nodes.map(([class_name, name, config, ...from]) => ({ class_name, name, config: { name, ...config }, inbound_nodes: from.length > 0 ? [node(from), ...(again[name] ?? []).map(node)] : [] }));
  return { layers: { class_name: 'Model', config: { name: 'graph', layers, input_layers: [[nodes[0]![1], 0, 0]], output_layers: [[nodes.at(-1)![1], 0, 0]] } } };
};
const world: World = { numbers: ['a', 'b', 'c'], categories: {}, classes: ['0', '1', '2'] };
/** Three numbers, each with whether it is missing, and a cycle of two: eight inputs. */
const input: Node = ['InputLayer', 'in', { batch_input_shape: [null, 8] }];
const dense = (name: string, units: number, activation: string, ...from: (string | [string, number])[]): Node => ['Dense', name, { units, activation }, ...from];

async function asked(before: unknown, after: unknown, later: World = world, more: Partial<SurgeryRequest> = {}): Promise<SurgeryRequest> {
  const table = rowsOf(world, 1);
  const features = fitFeatures(spec, table);
  const now = later === world ? features : extendFeatures(features, spec, rowsOf(later, 2));
  return { champion: await loadModel(saveModel(await champion(modelSpec(before), features, 1))), model: modelSpec(after), features: now, rows: { table: rowsOf(later, 3) }, seed: 1, ...more };
}

/** The plan, and how far the operated model is from its champion. */
async function done(request: SurgeryRequest): Promise<{ plan: SurgeryPlan; difference: number }> {
  const plan = await planSurgery(request);
  const patient = await operate(request, plan);
  return { plan, difference: checkSurgery(request.champion, patient, request.rows!.table).difference };
}
const near = 1e-5;

describe('a layer that is used at several places', () => {
  const chain = (second: string): unknown => graph([input, dense('d1', 6, 'linear', 'in'), ['Dropout', 'drop', { rate: 0.2 }, 'd1'], dense('d2', 6, second, 'drop'), dense('out', 3, 'linear', ['drop', 1])], { drop: [['d2']] });

  test('goes over as it is, with weights or without', async () => {
    const relu = graph([input, dense('d1', 6, 'linear', 'in'), ['ReLU', 'relu', {}, 'd1'], dense('d2', 6, 'linear', 'relu'), dense('out', 3, 'linear', ['relu', 1])], { relu: [['d2']] });
    const weights = graph([input, dense('d1', 6, 'relu', 'in'), dense('twice', 6, 'relu', 'd1'), dense('out', 3, 'linear', ['twice', 1])], { twice: [['twice']] });
    for (const model of [relu, weights, chain('relu')]) {
      const { plan, difference } = await done(await asked(model, model));
      expect(plan).toMatchObject({ kept: 1, preserved: true, warnings: [], changes: { model: false } });
      expect(difference).toBeLessThan(near);
    }
  });

  test('hides no change of what is between its uses', async () => {
    const { plan } = await done(await asked(chain('relu'), chain('tanh')));
    expect(plan).toMatchObject({ preserved: false, warnings: ['d2: activation relu → tanh; it begins anew'] });
  });

  test('gives another tensor at each place', async () => {
    const model = (p: number, q: number): unknown =>
      graph([input, dense('l', 4, 'relu', 'in'), dense('r', 4, 'tanh', 'in'), dense('s', 4, 'relu', 'l'), dense('p', 4, 'relu', ['s', p]), dense('q', 4, 'relu', ['s', q]), ['Add', 'sum', {}, 'p', 'q'], dense('out', 3, 'linear', 'sum')], { s: [['r']] });
    expect((await done(await asked(model(0, 1), model(0, 1)))).plan).toMatchObject({ kept: 1, preserved: true, changes: { model: false } });
    expect((await done(await asked(model(0, 1), model(1, 0)))).plan).toMatchObject({ kept: 1, preserved: false, changes: { model: true } });
  });
});

test('where a model branches, layers of one name stay together, however deep the branches get', async () => {
  const model = (...more: Node[]): unknown =>
    graph([input, dense('l', 5, 'relu', 'in'), dense('r', 5, 'relu', 'in'), ...more, ['Concatenate', 'both', { axis: -1 }, 'l', more.at(-1)?.[1] ?? 'r'], dense('out', 3, 'linear', 'both')]);
  const { plan, difference } = await done(await asked(model(), model(dense('r2', 5, 'relu', 'r'))));
  expect(plan).toMatchObject({ kept: 1, preserved: true });
  expect(difference).toBeLessThan(near);
});

const image = (shape: number[]): Node => ['Reshape', 'image', { target_shape: shape }, 'in'];

test('an image that lies in another way is another network, and nothing is promised', async () => {
  const pixels: World = { numbers: Array.from({ length: 24 }, (_, i) => `p${i}`), categories: {}, classes: ['0', '1'] };
  const table = rowsOf(pixels, 1);
  const features = fitFeatures({ ...spec, cycles: [], scaler: 'shared' }, table);
  const cnn = (shape: number[]): ReturnType<typeof modelSpec> => modelSpec({ cnn: { image: shape, filters: [3], dense: 5 } });
  const plan = await planSurgery({ champion: await champion(cnn([6, 4, 1]), features, 1), features, model: cnn([4, 6, 1]), seed: 1 });
  expect(plan).toMatchObject({ preserved: false, changes: { model: true } });
});

test('a convolution with its channels first goes over as a whole or not at all', async () => {
  const model = (filters: number): unknown => graph([input, image([2, 2, 2]), ['Conv2D', 'conv', { filters, kernel_size: 2, data_format: 'channels_first' }, 'image'], ['Flatten', 'flat', {}, 'conv'], dense('out', 3, 'linear', 'flat')]);
  expect(await planSurgery(await asked(model(2), model(2)))).toMatchObject({ kept: 1, preserved: true, changes: { model: false } });
  expect((await planSurgery(await asked(model(2), model(3)))).preserved).toBe(false);
});

describe('a layer inside of another', () => {
  const inner = (class_name: string, config: object): object => ({ layer: { class_name, config } });
  test.each([
    ['TimeDistributed', inner('Dense', { units: 4, activation: 'relu' })],
    ['Bidirectional', { ...inner('GRU', { units: 3, return_sequences: true }), merge_mode: 'concat' }],
  ])('%s is no other network for its names and its random start', async (type, config) => {
    const model = graph([input, image([4, 2]), [type, 'wrapped', config, 'image'], ['Flatten', 'flat', {}, 'wrapped'], dense('out', 3, 'linear', 'flat')]);
    const { plan, difference } = await done(await asked(model, model, world, { seed: 9 }));
    expect(plan).toMatchObject({ kept: 1, preserved: true, warnings: [], changes: { model: false } });
    expect(difference).toBeLessThan(near);
  });

  test('says what of it is another one', async () => {
    const model = (activation: string): unknown => graph([input, image([4, 2]), ['TimeDistributed', 'wrapped', inner('Dense', { units: 4, activation }), 'image'], ['Flatten', 'flat', {}, 'wrapped'], dense('out', 3, 'linear', 'flat')]);
    expect((await planSurgery(await asked(model('relu'), model('tanh')))).warnings[0]).toBe('wrapped: layer.config.activation relu → tanh; it begins anew');
  });
});

test('a head that only pooling follows grows for a new class as a last layer does', async () => {
  const model = (classes: number): unknown => graph([input, image([2, 2, 2]), ['Conv2D', 'body', { filters: 4, kernel_size: 2, padding: 'same', activation: 'relu' }, 'image'], ['Conv2D', 'logits', { filters: classes, kernel_size: 1 }, 'body'], ['GlobalAveragePooling2D', 'mean', {}, 'logits']]);
  for (const widening of ['zero-outgoing', 'net2net'] as const) {
    const { plan, difference } = await done(await asked(model(3), model(4), { ...world, classes: ['0', '1', '2', '3'] }, { widening }));
    expect(plan.variables.slice(-2)).toMatchObject([{ name: 'logits/kernel', action: 'widened', note: 'new class 3: zeros' }, { name: 'logits/bias', action: 'widened', note: 'new class 3: from the prior' }]);
    expect(plan).toMatchObject({ kept: 1, preserved: true });
    expect(difference).toBeLessThan(near);
  }
});

test('a hint that gives the head another layer\'s weights is refused', async () => {
  const request = await asked({ mlp: [5, 5] }, { mlp: [5, 5, 5] }, world, { hints: { logits: 'hidden2' } });
  await expect(planSurgery(request)).rejects.toThrow('surgery.hints: of logits and hidden2 one makes the logits and the other does not; the head comes from the head');
});

test('a strategy\'s tensors follow their own weight, also where one layer\'s name ends like another\'s', async () => {
  const model = (units: number): unknown => graph([input, dense('h1', units, 'relu', 'in'), dense('block/h1', 5, 'relu', 'h1'), dense('out', 3, 'linear', 'block/h1')]);
  const request = await asked(model(4), model(6));
  const tensors = Object.fromEntries([['h1', 8, 4], ['block/h1', 4, 5]].map(([name, ins, outs]) => [`fisher/${name}/kernel`, { shape: [ins as number, outs as number], values: new Float32Array((ins as number) * (outs as number)).fill(1) }]));
  const { strategy } = await operate({ ...request, champion: { ...request.champion, strategy: { strategy: 'ewc', memory: null, tensors } } });
  expect(Object.entries(strategy!.tensors).map(([name, { shape }]) => [name, shape])).toEqual([['fisher/h1/kernel', [8, 6]], ['fisher/block/h1/kernel', [6, 5]]]);
});

test('rows that go to other places are remapped, not copied', async () => {
  const request = await asked({ mlp: [4] }, { mlp: [4] });
  const { plan, difference } = await done({ ...request, features: { ...request.features, inputs: [...request.features.inputs].reverse() } });
  expect(plan.variables[0]).toMatchObject({ name: 'hidden1/kernel', action: 'remapped' });
  expect(plan.preserved).toBe(true);
  expect(difference).toBeLessThan(near);
});

test('new columns are named through layers without weights', async () => {
  const model = (width: number): unknown => graph([['InputLayer', 'in', { batch_input_shape: [null, width] }], ['Dropout', 'drop', { rate: 0.1 }, 'in'], dense('out', 3, 'linear', 'drop')]);
  const plan = await planSurgery(await asked(model(8), model(10), { ...world, numbers: ['a', 'b', 'c', 'sun'] }));
  expect(plan.variables[0]).toMatchObject({ name: 'out/kernel', note: 'zero rows for sun' });
});

test('without a row to tell how frequent it is, a new class is like the others', async () => {
  const request = await asked({ mlp: [4] }, { mlp: [4] }, { ...world, classes: ['0', '1', '2', '3'] });
  const biases = async (rows: SurgeryRequest['rows']): Promise<number[]> => [...(await operate({ ...request, ...(rows ? { rows } : {}) })).model.getWeights().at(-1)!.dataSync()];
  const { rows: _, ...without } = request;
  expect(await biases({ ...request.rows!, range: { from: 5, to: 5 } })).toEqual([...(await operate(without)).model.getWeights().at(-1)!.dataSync()]);
});
