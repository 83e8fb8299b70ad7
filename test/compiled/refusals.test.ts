import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile, trainingStep, type Compiled } from '../../learning/compiled';
import { attempt, x } from './attempt';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

describe('what would be frozen in the graph is refused, and the step runs eagerly', () => {
  test('a branch on a value that is read in JavaScript', () => {
    const { mode, reason, value } = attempt(({ x }) => (x.sum().dataSync()[0]! > 0 ? x.sum() : x.sum().neg()));
    expect(mode).toBe('eager');
    expect(reason).toMatch(/reads the result of Sum.*tf\.where/);
    expect(value).toEqual([7]);
  });

  test('a value that is read asynchronously', () => {
    const { reason } = attempt(({ x }) => {
      void x.data();
      return x.sum();
    });
    expect(reason).toMatch(/reads a tensor/);
  });

  test('an asynchronous step', () => {
    const input = x();
    expect(() => compile((async () => input) as never, { inputs: { x: input }, warn: () => {} })).not.toThrow();
    const compiled = compile((async () => input) as never, { inputs: { x: input }, warn: () => {} });
    expect(compiled.reason).toMatch(/asynchronous/);
    input.dispose();
  });

  test('a number that JavaScript counts', () => {
    let step = 0;
    expect(attempt(({ x }) => x.sum().mul(++step)).reason).toMatch(/value computed in JavaScript \(1, then 2\).*Mul/);
  });

  test('a tensor from outside, uploaded or not', () => {
    const uploaded = tf.tensor1d([1, 2]);
    uploaded.square().dispose();
    const waiting = tf.tensor1d([1, 2]);
    for (const outside of [uploaded, waiting]) expect(attempt(({ x }) => x.mul(outside).sum()).reason).toMatch(/from outside|made outside/);
    tf.dispose([uploaded, waiting]);
  });

  test('a branch that JavaScript takes in turns', () => {
    let turn = 0;
    expect(attempt(({ x }) => (++turn % 2 ? x.sum() : x.square().sum())).reason).toMatch(/different branches/);
  });

  test('an input that JavaScript takes in turns', () => {
    let turn = 0;
    const inputs = { a: x(), b: x() };
    expect(compile((given: typeof inputs) => (++turn % 2 ? given.a : given.b).sum(), { inputs, warn: () => {} }).reason).toMatch(/does not do the same each time/);
  });

  test('an op with random numbers of its own', () => {
    expect(attempt(({ x }) => tf.multinomial(x as tf.Tensor2D, 2, 7).sum()).reason).toMatch(/Multinomial/);
  });

  test('a variable that is made anew each time', () => {
    expect(attempt(({ x }) => tf.variable(x.sum()).mul(2)).reason).toMatch(/makes the variable/);
  });

  test('an op whose result is as long as the data makes it, though both runs give one length', () => {
    const { reason, value } = attempt(({ x }) => tf.unique(x.flatten()).values.sum());
    expect(reason).toMatch(/shape of what UniqueV2 gives depends on the data/);
    expect(value).toEqual([7]);
    const boxes = ({ x }: { x: tf.Tensor }) => x.concat(x, 1) as tf.Tensor2D;
    const scores = () => tf.tensor1d([0.5, 0.5, 0.5]);
    expect(attempt((given) => tf.image.nonMaxSuppression(boxes(given), scores(), 2).toFloat().sum()).reason).toMatch(/NonMaxSuppression/);
    expect(attempt((given) => tf.image.nonMaxSuppressionPadded(boxes(given), scores(), 2, 0.5, 0, true).selectedIndices!.toFloat()).mode).toBe('graph');
    expect(attempt(({ x }) => x.add(tf.unique(tf.tensor1d([1, 2, 1])).values)).mode).toBe('graph');
  });

  test('a tensor that an earlier run made and that is disposed of', () => {
    let made: tf.Tensor | undefined;
    const input = x();
    for (const use of [(x: tf.Tensor, constant: tf.Tensor) => x.mul(constant), (x: tf.Tensor, constant: tf.Tensor) => constant.mul(x)]) {
      made = undefined;
      const step = compile(({ x }: { x: tf.Tensor }) => use(x, (made ??= tf.tensor1d([1, 2]))), { inputs: { x: input }, warn: () => {} });
      expect(step.reason).toMatch(/tensor that was disposed of.*outside of the step, as a tf\.variable or an input/);
    }
    input.dispose();
  });

  test('anything but tensors as a result', () => {
    const input = x();
    expect(compile((() => 7) as never, { inputs: { x: input }, warn: () => {} }).reason).toMatch(/tensors only; found number/);
    input.dispose();
  });
});

describe('what has a meaning in the graph is compiled', () => {
  test('a branch expressed with tensors', () => {
    const { mode, value } = attempt(({ x }) => tf.where(x.sum().greater(0), x.sum(), x.sum().neg()));
    expect({ mode, value }).toEqual({ mode: 'graph', value: [7] });
  });

  test('a layer whose weights the first run draws, and a variable that each step makes and disposes of', () => {
    const layer = tf.layers.dense({ units: 1, kernelInitializer: 'ones' });
    const drawn = tf.layers.dense({ units: 2 });
    expect(attempt(({ x }) => (layer.apply(x) as tf.Tensor).add(drawn.apply(x) as tf.Tensor).sum()).mode).toBe('graph');
    const { mode, value } = attempt(({ x }) => {
      const sum = tf.variable(x.sum(), false);
      const twice = sum.mul(2);
      sum.dispose();
      return twice;
    });
    expect({ mode, value }).toEqual({ mode: 'graph', value: [14] });
    layer.dispose();
    drawn.dispose();
  });

  test('gather, which reads its indices only to check them', () => {
    const { mode } = attempt(({ x }) => tf.gather(x, x.argMax(1).toInt()).sum());
    expect(mode).toBe('graph');
  });

  test('a variable that shares its value with another', () => {
    const a = tf.variable(tf.scalar(1));
    const b = tf.variable(tf.scalar(5));
    b.assign(a);
    const input = x();
    const step = compile(({ x }: { x: tf.Tensor }) => {
      a.assign(a.add(1));
      return a.mul(100).add(b).add(x.sum().mul(0)).asScalar();
    }, { inputs: { x: input } });
    expect([step({ x: input }), step({ x: input })].map((t) => t.dataSync()[0])).toEqual([201, 301]);
    step.pull();
    expect([a, b].map((v) => v.dataSync()[0])).toEqual([3, 1]);
    step.dispose();
    tf.dispose([a, b, input]);
  });

  test('several inputs and outputs, nested as the caller likes, and types other than float', () => {
    const inputs = { batch: { x: tf.tensor1d([1, 2]), flags: tf.tensor1d([true, false], 'bool') }, others: [tf.scalar(3), tf.tensor1d([4, 5], 'int32')] };
    const step = compile(({ batch, others }: typeof inputs) => ({ sum: batch.x.add(others[0]!), list: [others[1]!.add(tf.scalar(1, 'int32')), batch.flags.logicalNot()] }), { inputs });
    expect(step.mode).toBe('graph');
    const { sum, list } = step(inputs);
    expect([sum, ...list].map((t) => [t.dtype, Array.from(t.dataSync())])).toEqual([['float32', [4, 5]], ['int32', [5, 6]], ['bool', [0, 1]]]);
    step.dispose();
  });
});

test('a refused step leaves nothing behind, though it is refused inside of a gradient', () => {
  const w = tf.tidy(() => tf.variable(tf.ones([3, 2])));
  const optimizer = tf.train.sgd(0.1);
  const input = x();
  const { numTensors } = tf.memory();
  for (const refused of [(h: tf.Tensor) => void h.max().dataSync(), (h: tf.Tensor) => void tf.multinomial(h as tf.Tensor2D, 2), () => void tf.randomNormal([2]).dataSync()]) {
    const learn = ({ x }: { x: tf.Tensor }) => optimizer.minimize(() => {
      const hidden = w.mul(x).relu();
      refused(hidden);
      return hidden.mean();
    }, true, [w])!;
    const step = compile(learn, { inputs: { x: input }, warn: () => {} });
    expect(step.mode).toBe('eager');
    step.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  }
  tf.dispose([w, input]);
  optimizer.dispose();
});

test('a type that no graph has is refused before anything is copied, and the step runs eagerly', () => {
  const inputs = { x: tf.ones([2]), names: tf.tensor(['a', 'b']) };
  const { incrementIterations } = tf.Optimizer.prototype as unknown as Record<string, unknown>;
  const { numTensors } = tf.memory();
  for (const rows of [undefined, Int32Array.of(0)]) {
    const step = compile(({ x }: typeof inputs) => x.sum(), { inputs, ...(rows ? { rows } : {}), warn: () => {} });
    expect(step.reason).toMatch(/type string cannot be compiled/);
    const sum = step(inputs);
    expect(sum.dataSync()[0]).toBe(2);
    sum.dispose();
  }
  expect((tf.Optimizer.prototype as unknown as Record<string, unknown>).incrementIterations).toBe(incrementIterations);
  expect(tf.memory().numTensors).toBe(numTensors);
  tf.dispose(inputs);
});

test('a step that is refused for shapes that come later goes on eagerly from where it is, after one warning', () => {
  const w = tf.variable(tf.scalar(0));
  const optimizer = tf.train.sgd(1);
  const warnings: string[] = [];
  const [four, one] = [{ x: tf.ones([4]) }, { x: tf.ones([1]) }];
  const { numTensors } = tf.memory();
  const step = compile(({ x }: typeof four) => {
    if (x.shape[0] === 1) w.dataSync();
    return optimizer.minimize(() => w.mul(x.mean()), true, [w])!;
  }, { inputs: four, warn: (message) => warnings.push(message) });
  for (const inputs of [four, four, one, four, one]) step(inputs).dispose();
  step.gather(four, Int32Array.of(2), 0.5).dispose();
  expect(w.dataSync()[0]).toBe(-5.5);
  expect(optimizer.iterations).toBe(6);
  expect(step.mode).toBe('eager');
  expect(step.reason).toMatch(/reads a variable/);
  expect(warnings).toHaveLength(1);
  step.dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});

describe('verify finds what has changed in JavaScript since the compilation', () => {
  const changed = (first: number, later: number, work: (x: tf.Tensor, now: number) => tf.Tensor): void => {
    let now = first;
    const input = x();
    const step = compile(({ x }: { x: tf.Tensor }) => work(x, now), { inputs: { x: input } });
    expect(step.mode).toBe('graph');
    step({ x: input }).dispose();
    step.verify({ x: input });
    now = later;
    expect(() => step.verify({ x: input })).toThrow(/has changed since/);
    step.dispose();
    input.dispose();
  };

  test('a value', () => changed(2, 3, (x, factor) => x.sum().mul(factor)));
  test('the parameter of a random op', () => changed(0.1, 5, (x, sigma) => x.add(tf.randomNormal(x.shape, 0, sigma)).sum()));
  test('an attribute of an op', () => changed(0.2, 0.9, (x, alpha) => x.leakyRelu(alpha)));
  test('an op', () => changed(0, 1, (x, late) => (late ? x.abs() : x.square())));
  test('what is given back', () => changed(0, 1, (x, late) => [x.abs(), x.square()][late]!));

  test('but nothing where a training has only gone on', () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 8, inputShape: [2] }), tf.layers.dropout({ rate: 0.5 }), tf.layers.batchNormalization(), tf.layers.dense({ units: 1 })] });
    model.compile({ optimizer: tf.train.adam(), loss: 'meanSquaredError' });
    const train = trainingStep(model);
    const inputs = { x: [x()], y: [tf.ones([3, 1])] };
    const step = compile(train as never, { inputs: inputs as never }) as unknown as Compiled<never, tf.Tensor[]>;
    expect(step.mode).toBe('graph');
    for (let i = 0; i < 3; i++) {
      tf.dispose(step(inputs as never));
      step.verify(inputs as never);
    }
    step.dispose();
  });

  test('and it says so where there is nothing to compare with', () => {
    const step = compile(({ x }: { x: tf.Tensor }) => x.sum(), { inputs: { x: x() } });
    expect(() => step.verify({ x: tf.ones([7, 2]) })).toThrow('the step was not traced for inputs of these names and shapes yet: x float32[7,2]');
    step.dispose();
  });
});
