import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile, type Compiled } from '../../learning/compiled';
import { nativeBackend } from '../../learning/compiled/native';
import { build, optimizers, trainFunction } from './models';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

type Inputs = { x: tf.Tensor; y: tf.Tensor };
const rows = 64;
const batch = 16;
let data: Inputs;
beforeAll(() => {
  data = { x: tf.randomNormal([rows, 20], 0, 1, 'float32', 5), y: tf.oneHot(tf.randomUniform([rows], 0, 3, 'int32', 7), 3).toFloat() };
});

function make(name = 'mlp', optimizer = optimizers.adam!()) {
  const model = build(name, 3);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const train = trainFunction(model);
  const example = { x: data.x.slice(0, batch), y: data.y.slice(0, batch) };
  const step = compile(({ x, y }: Inputs) => train([x, y]), { inputs: example, seed: 11 }) as Compiled<Inputs, tf.Tensor[]>;
  return { model, optimizer, step, example };
}
const order = (from: number, steps: number) => Int32Array.from({ length: steps * batch }, (_, i) => ((from * batch + i) * 7) % rows);
const weights = (model: tf.LayersModel) => model.getWeights().map((w) => Array.from(w.dataSync()));

test('a step count, and every slot, comes back to the optimizer', async () => {
  const { model, optimizer, step } = make();
  tf.dispose(step.loop(data, order(0, 7), 7));
  expect(optimizer.iterations).toBe(7);
  step.pull();
  const slots = await optimizer.getWeights();
  expect(slots[0]!.tensor.dataSync()[0]).toBe(7);
  expect(slots.slice(1).every(({ tensor }) => tensor.abs().max().dataSync()[0]! > 0)).toBe(true);
  step.dispose();
  model.dispose();
});

test('tracing and checking leave weights, slots and counters as they were', () => {
  const model = build('dropout', 3);
  const before = weights(model);
  const optimizer = optimizers.adam!();
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const train = trainFunction(model);
  const step = compile(({ x, y }: Inputs) => train([x, y]), { inputs: data });
  expect(step.mode).toBe('graph');
  expect(weights(model)).toEqual(before);
  expect(optimizer.iterations).toBe(0);
  step.dispose();
});

test('a training that is taken up at any step from its variables ends with the same bits, dropout included', () => {
  const whole = make('dropout');
  tf.dispose(whole.step.loop(data, order(0, 9), 9));
  whole.step.pull();

  for (const cut of [1, 4, 8]) {
    const first = make('dropout');
    tf.dispose(first.step.loop(data, order(0, cut), cut));
    first.step.pull();
    const saved = first.step.state.map((variable) => variable.dataSync().slice());
    first.step.dispose();

    const second = make('dropout');
    second.step.state.forEach((variable, i) => variable.assign(tf.tensor(saved[i]!, variable.shape, variable.dtype)));
    tf.dispose(second.step.loop(data, order(cut, 9 - cut), 9 - cut));
    second.step.pull();
    expect(weights(second.model)).toEqual(weights(whole.model));
    second.step.dispose();
  }
  whole.step.dispose();
});

test('random ops go on from the number of steps that is given', () => {
  const input = { x: tf.zeros([50]) };
  const draws = (counter: number) => {
    const step = compile(({ x }: typeof input) => x.add(tf.randomUniform([50])), { inputs: input, seed: 3, counter });
    const drawn = [0, 1, 2].map(() => Array.from(step(input).dataSync()));
    step.dispose();
    return drawn;
  };
  const [first, later] = [draws(0), draws(1)];
  expect(later.slice(0, 2)).toEqual(first.slice(1));
});

test('a weight that is assigned in tfjs is the weight of the next step', () => {
  const { model, step, example } = make('mlp', tf.train.sgd(0));
  const zero = model.getWeights().map((w) => tf.zerosLike(w));
  model.setWeights(zero);
  const [loss] = step(example) as unknown as tf.Tensor[];
  expect(loss!.dataSync()[0]).toBeCloseTo(Math.log(3), 5);
  step.dispose();
});

test.each(['momentum', 'adam', 'rmsprop'])('slots that are given to an optimizer are those of the next step: %s', async (name) => {
  const taken = async (compiled: boolean) => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = optimizers[name]!();
    const inputs = { x: tf.ones([2]) };
    const learn = ({ x }: typeof inputs) => optimizer.minimize(() => w.mul(x).square().sum(), true, [w])!;
    const step = compiled ? compile(learn, { inputs }) : Object.assign(learn, { pull: () => {}, dispose: () => {} });
    step(inputs);
    step(inputs);
    step.pull();
    const [count, ...slots] = await optimizer.getWeights();
    await optimizer.setWeights([count!, ...slots.map((slot) => ({ name: slot.name, tensor: tf.onesLike(slot.tensor) }))]);
    step(inputs);
    step(inputs);
    step.pull();
    step.dispose();
    return [...w.dataSync(), optimizer.iterations];
  };
  expect(await taken(true)).toEqual(await taken(false));
});

test('a learning rate that is set between two steps is the rate of the next, for every optimizer', () => {
  for (const [name, make_] of Object.entries(optimizers)) {
    const optimizer = make_() as tf.Optimizer & { learningRate: number; setLearningRate?(rate: number): void };
    const { model, step, example } = make('mlp', optimizer);
    expect([name, step.mode]).toEqual([name, 'graph']);
    tf.dispose(step(example) as unknown as tf.Tensor[]);
    step.pull();
    const before = weights(model);
    if (optimizer.setLearningRate) optimizer.setLearningRate(0);
    else optimizer.learningRate = 0;
    tf.dispose(step(example) as unknown as tf.Tensor[]);
    step.pull();
    // RMSProp with a momentum goes on by what it has gathered.
    if (!name.includes('centered') && !['momentum', 'nesterov'].includes(name)) expect([name, weights(model)]).toEqual([name, before]);
    step.dispose();
    model.dispose();
  }
});

test('an optimizer of somebody else follows its learning rate, and a schedule, though it does not count its updates', () => {
  class Plain extends tf.Optimizer {
    updates: number[] = [];
    constructor(public learningRate: number) {
      super();
    }
    static get className(): string {
      return 'Plain';
    }
    applyGradients(gradients: { name: string; tensor: tf.Tensor }[]): void {
      this.updates = [...this.updates, 1];
      const { registeredVariables } = tf.engine();
      for (const { name, tensor } of gradients) tf.tidy(() => registeredVariables[name]!.assign(registeredVariables[name]!.sub(tensor.mul(this.learningRate))));
    }
    getConfig(): tf.serialization.ConfigDict {
      return {};
    }
  }
  const w = tf.variable(tf.scalar(0));
  const optimizer = new Plain(1);
  const inputs = { x: tf.ones([4]) };
  const step = compile(({ x }: typeof inputs) => optimizer.minimize(() => w.mul(x.mean()), true, [w])!, { inputs });
  expect([step.mode, step.optimizers]).toEqual(['graph', [optimizer]]);
  step.gather(inputs, Int32Array.of(0, 1, 2, 3), 0);
  const { length } = optimizer.updates;
  step(inputs);
  optimizer.learningRate = 0.25;
  step(inputs);
  step.gather(inputs, Int32Array.of(0, 1, 2, 3), 0.5);
  step.pull();
  expect(w.dataSync()[0]).toBe(-1.75);
  expect(optimizer.updates).toHaveLength(length);
  step.dispose();
});

test('a loop takes a learning rate for each of its steps', () => {
  const rates = Float32Array.of(0.1, 0.01, 0.001);
  const looped = make('mlp', tf.train.sgd(1));
  tf.dispose(looped.step.loop(data, order(0, 3), 3, rates));
  looped.step.pull();
  const single = make('mlp', tf.train.sgd(1));
  rates.forEach((rate, i) => tf.dispose(single.step.gather(data, order(i, 1), rate)));
  single.step.pull();
  expect(weights(looped.model)).toEqual(weights(single.model));
  [looped, single].forEach(({ step }) => step.dispose());
});

test('several compiled models live side by side, and one may train what another evaluates', () => {
  const a = make();
  const b = make('residual');
  const evaluate = compile(({ x }: { x: tf.Tensor }) => a.model.apply(x) as tf.Tensor, { inputs: { x: a.example.x } });
  tf.dispose(a.step.loop(data, order(0, 5), 5));
  tf.dispose(b.step.loop(data, order(0, 5), 5));
  a.step.pull();
  b.step.pull();
  const expected = a.model.apply(a.example.x) as tf.Tensor;
  expect(evaluate({ x: a.example.x }).sub(expected).abs().max().dataSync()[0]).toBeLessThan(1e-6);
  [a.step, b.step, evaluate].forEach((step) => step.dispose());
});

test('batches of other sizes are traced when they come, and share the state', () => {
  const { step, optimizer } = make();
  for (const size of [16, 10, 16, 3]) {
    const part = { x: data.x.slice(0, size), y: data.y.slice(0, size) };
    tf.dispose(step(part) as unknown as tf.Tensor[]);
    tf.dispose(part);
  }
  expect(optimizer.iterations).toBe(4);
  step.dispose();
});

test('memory stays flat over steps, chunks of other lengths, pulls, and over making and disposing', () => {
  const { binding } = nativeBackend();
  const cycle = (count: number) => {
    const { model, optimizer, step, example } = make('dropout');
    for (let i = 1; i <= count; i++) {
      tf.dispose(step(example) as unknown as tf.Tensor[]);
      tf.dispose(step.gather(data, order(i, 1)));
      tf.dispose(step.loop(data, order(i, i % 5 + 1), i % 5 + 1));
      step.pull();
    }
    step.dispose();
    tf.dispose(example);
    model.dispose();
    optimizer.dispose();
  };
  cycle(3);
  const before = [tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()];
  cycle(20);
  cycle(3);
  expect([tf.memory().numTensors, binding.getNumOfTensors(), binding.getNumOfSavedModels()]).toEqual(before);
});

test('an error leaks nothing and leaves the step usable', () => {
  const { step, optimizer, example } = make();
  const { binding } = nativeBackend();
  tf.dispose(step.gather(data, order(0, 1)));
  const before = [tf.memory().numTensors, binding.getNumOfTensors()];
  expect(() => step.gather(data, Int32Array.from({ length: batch }, () => rows))).toThrow('row 64 is not there: the data has 64 rows');
  expect(() => step.gather(data, new Int32Array(0))).toThrow(/cannot be shared out/);
  expect(() => step.loop(data, order(0, 2), 3)).toThrow(/cannot be shared out/);
  expect(() => step.loop(data, order(0, 2), 2, Float32Array.of(1))).toThrow(/as many learning rates/);
  expect(() => step.gather(data, { x: order(0, 1), y: order(0, 1), z: order(0, 1) })).toThrow('no input has rows for the numbers of z');
  expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
  tf.dispose(step.gather(data, order(1, 1)));
  expect(optimizer.iterations).toBe(2);
  step.dispose();
  const models = binding.getNumOfSavedModels();
  expect(() => step(example)).toThrow('this compiled step was disposed of; compile it again');
  expect(() => step.gather(data, order(0, 2))).toThrow('this compiled step was disposed of; compile it again');
  expect(binding.getNumOfSavedModels()).toBe(models);
});

test.each([['stateful', 3], ['gathered', 3], ['loop', 0]] as const)('an error of TensorFlow leaves a step count that is that of the weights, and loses no single step: %s', (form, kept) => {
  const w = tf.variable(tf.scalar(0));
  const optimizer = tf.train.sgd(1);
  const inputs = { id: tf.tensor1d([0, 1, 2, 7], 'int32'), one: tf.ones([4]) };
  // The metric fails at a number that is not there; the update does not need it.
  const learn = ({ id, one }: typeof inputs) => {
    const loss = optimizer.minimize(() => w.mul(one.mean()), true, [w])!;
    return [loss, tf.gather(tf.range(0, 5), id)];
  };
  const step = compile(learn, { inputs, rows: Int32Array.of(0), forms: ['stateful', 'gathered', 'loop'] });
  const take = (row: number) => {
    if (form === 'stateful') step({ id: inputs.id.slice(row, 1), one: tf.ones([1]) });
    else if (form === 'gathered') step.gather(inputs, Int32Array.of(row));
    else step.loop(inputs, Int32Array.of(row), 1);
  };
  for (const row of [0, 1, 2]) take(row);
  expect(() => take(3)).toThrow(/not in \[0, 5\)/);
  expect([w.dataSync()[0], optimizer.iterations]).toEqual([0 - kept, kept]);
  take(0);
  step.pull();
  expect([w.dataSync()[0], optimizer.iterations]).toEqual([-kept - 1, kept + 1]);
  step.dispose();
});

test('an error of the step itself, while it is traced, puts everything back', () => {
  const { binding } = nativeBackend();
  const before = { binding, random: Math.random, tensors: tf.memory().numTensors };
  const weight = tf.tidy(() => tf.variable(tf.scalar(2)));
  const failing = ({ x }: { x: tf.Tensor }) => {
    weight.assign(weight.add(1));
    return x.matMul(x.slice(0, 1));
  };
  const input = tf.ones([4, 4]);
  expect(() => compile(failing, { inputs: { x: input } })).toThrow();
  expect(weight.dataSync()[0]).toBe(2);
  tf.dispose([weight, input]);
  expect({ binding: nativeBackend().binding, random: Math.random, tensors: tf.memory().numTensors }).toEqual(before);
});

test('groups of inputs take rows of their own; inputs without rows stay whole', () => {
  const inputs = { batch: { x: tf.range(0, 10) }, past: { x: tf.range(100, 105) }, scale: tf.scalar(2) };
  const example = { batch: { x: tf.range(0, 3) }, past: { x: tf.range(100, 102) }, scale: tf.scalar(1) };
  const step = compile(({ batch, past, scale }: typeof inputs) => batch.x.sum().add(past.x.sum()).mul(scale), { inputs: example });
  expect(step.gather(inputs, { batch: Int32Array.of(1, 2, 3), past: Int32Array.of(0, 4) }).dataSync()[0]).toBe(2 * (6 + 204));
  expect(Array.from(step.loop(inputs, { batch: Int32Array.of(0, 1, 2, 9, 9, 9), past: Int32Array.of(0, 0, 1, 1) }, 2).dataSync())).toEqual([2 * 203, 2 * 229]);
  step.dispose();
});
