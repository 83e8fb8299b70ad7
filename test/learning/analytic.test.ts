import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { pipelineSchema, type BackendFacts, type PipelineInput, type TrainingProgress } from '../../contracts';
import { buildModel, encode, learn, loadBackend, loadModel, predict, saveModel, train, type Features, type Learner, type TrainingResult } from '../../learning';
import { Random } from '../../learning/random';
import { root } from '../setup/tools';
import { bits, pipelineWith, stream } from './tables';

interface Reference {
  x: number[];
  y: number[];
  ridge: Record<string, { kernel: number[]; bias: number[]; factor: number }>;
  slda: Record<string, { factor: number; probabilities: number[] }>;
}
// What scikit-learn made of 90 rows of 5 numbers in 4 classes; see analytic.py there.
const reference = JSON.parse(readFileSync(join(root(), 'test/learning/reference/analytic.json'), 'utf8')) as Reference;

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

/** Numbers that the model takes as they are. */
const plain = (width: number, classes: number): Features => ({
  format: 1, label: 'y', classes: Array.from({ length: classes }, (_, i) => String(i)), inputs: [], width, scaler: 'shared', shared: { mean: 0, sd: 1 },
});

interface Asked { x: ArrayLike<number>; y: ArrayLike<number>; classes: number; learning: PipelineInput['learning']; mlp?: number[]; parent?: Learner | null; onProgress?: (progress: TrainingProgress) => void; checkpoint?: { steps: number; save: () => void } }
function learned({ x, y, classes, learning, mlp = [], parent = null, ...conduct }: Asked): Promise<TrainingResult> {
  const { model, learning: all } = pipelineSchema.parse({ name: 'test', source: { files: 'a', time: 't' }, label: { column: 'y' }, model: { mlp }, learning });
  const rows = { features: plain(x.length / y.length, classes), encoded: Float32Array.from(x), y: Int32Array.from(y) };
  return learn({ model, learning: all, rows, parent, backend, ...conduct });
}
const some = (rows: number[]): { x: number[]; y: number[] } => ({ x: rows.flatMap((row) => reference.x.slice(row * 5, row * 5 + 5)), y: rows.map((row) => reference.y[row]!) });
const all = [...reference.y.keys()];
const of = (...classes: number[]): number[] => all.filter((row) => classes.includes(reference.y[row]!));

const head = ({ learner }: TrainingResult): { kernel: number[]; bias: number[] } => {
  const [kernel, bias] = learner.model.getWeights().slice(-2).map((tensor) => [...tensor.dataSync()]);
  return { kernel: kernel!, bias: bias! };
};
function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++) expect(Math.abs(found[i]! - expected[i]!) / largest).toBeLessThan(tolerance);
}

test.each(['100', '5'])('ridge with lambda %s is the ridge regression of scikit-learn, times the factor that fits its softmax best', async (lambda) => {
  const { kernel, bias, factor } = reference.ridge[lambda]!;
  const found = head(await learned({ ...some(all), classes: 4, learning: { strategy: { name: 'ridge', features: 'fixed', lambda: Number(lambda) } } }));
  expectClose(found.kernel, kernel.map((value) => factor * value), 1e-5);
  expectClose(found.bias, bias.map((value) => factor * value), 1e-5);
});

test.each([['0.1', { shrinkage: 0.1 }], ['oas', {}]])('slda with the shrinkage %s gives the probabilities of the linear discriminant analysis of scikit-learn', async (name, options) => {
  const { learner } = await learned({ ...some(all), classes: 4, learning: { strategy: { name: 'slda', features: 'fixed', ...options } } });
  const found = tf.tidy(() => tf.softmax(learner.model.predict(tf.tensor2d(reference.x, [90, 5])) as tf.Tensor).dataSync());
  expectClose(found, reference.slda[name]!.probabilities, 1e-5);
});

test.each(['ridge', 'slda'])('the head of %s does not depend on the order of rows and classes, nor on how they were grouped', async (name) => {
  const after = async (...groups: number[][]): Promise<{ direction: number[]; decisions: number[] }> => {
    let result: TrainingResult | undefined;
    for (const rows of groups) result = await learned({ ...some(rows), classes: 4, learning: { strategy: { name, features: 'fixed' } }, parent: result?.learner ?? null });
    const { kernel } = head(result!);
    const length = Math.hypot(...kernel);
    const logits = result!.learner.model.predict(tf.tensor2d(reference.x, [90, 5])) as tf.Tensor;
    return { direction: kernel.map((value) => value / length), decisions: [...logits.argMax(1).dataSync()] };
  };
  const whole = await after(all);
  for (const groups of [[of(0, 1), of(2, 3)], [of(3), of(2), of(1), of(0)], [all.slice(50).reverse(), all.slice(0, 50)]]) {
    const found = await after(...groups);
    expectClose(found.direction, whole.direction, 1e-5);
    expect(found.decisions).toEqual(whole.decisions);
  }
});

test('on hidden layers the residuals of ridge are what the normal equations ask for', async () => {
  const { learner } = await learned({ ...some(all), classes: 4, mlp: [12], learning: { strategy: { name: 'ridge', features: 'fixed', lambda: 20 } } });
  const [w, b, kernel, bias] = learner.model.getWeights().map((tensor) => [...tensor.dataSync()]) as [number[], number[], number[], number[]];
  const f = all.map((row) => b.map((start, j) => Math.max(0, reference.x.slice(row * 5, row * 5 + 5).reduce((sum, value, i) => sum + value * w[i * 12 + j]!, start))));
  const logits = f.map((features) => bias.map((start, c) => features.reduce((sum, value, j) => sum + value * kernel[j * 4 + c]!, start)));
  // Outputs of a regression onto one-hot classes sum to 1: that gives the factor.
  const factor = logits[0]!.reduce((sum, value) => sum + value, 0);
  const residuals = logits.map((row, i) => row.map((value, c) => (reference.y[i] === c ? 1 : 0) - value / factor));
  const means = b.map((_, j) => f.reduce((sum, row) => sum + row[j]!, 0) / 90);
  const variance = means.reduce((sum, mean, j) => sum + f.reduce((s, row) => s + (row[j]! - mean) ** 2, 0) / 90, 0) / 12;
  for (let c = 0; c < 4; c++) {
    expect(residuals.reduce((sum, row) => sum + row[c]!, 0)).toBeCloseTo(0, 4);
    for (let j = 0; j < 12; j++) expect(f.reduce((sum, row, i) => sum + row[j]! * residuals[i]![c]!, 0)).toBeCloseTo((20 * variance * kernel[j * 4 + c]!) / factor, 3);
  }
});

test.each(['ridge', 'slda'])('a class that is new to %s begins with zero columns, and ends as if it had always been there', async (name) => {
  const learning = { strategy: { name, features: 'fixed' } };
  const first = await learned({ ...some(of(0, 1, 2)), classes: 3, learning });
  const model = await buildModel({ mlp: [], activation: 'relu', dropout: 0 }, { width: 5, classes: 4 }, 1);
  const grown: Learner = { ...first.learner, model, features: plain(5, 4), seen: [...first.learner.seen, 0] };
  const second = head(await learned({ ...some(of(3)), classes: 4, learning, parent: grown }));
  const whole = head(await learned({ ...some(all), classes: 4, learning }));
  const factor = second.kernel[0]! / whole.kernel[0]!;
  expectClose(second.kernel, whole.kernel.map((value) => value * factor), 1e-5);
});

test.each(['ridge', 'slda'])('%s gives a class without rows no chance', async (name) => {
  const { learner } = await learned({ ...some(of(0, 2, 3)), classes: 4, learning: { strategy: { name, features: 'fixed' } } });
  const probabilities = tf.softmax(learner.model.predict(tf.tensor2d(reference.x, [90, 5])) as tf.Tensor).dataSync();
  all.forEach((row) => expect(probabilities[row * 4 + 1]).toBeLessThan(1e-7));
});

test('a training without steps reports once, with its mean cross-entropy as the loss, and leaves no checkpoint', async () => {
  const seen: TrainingProgress[] = [];
  const save = jest.fn();
  const result = await learned({
    ...some(all), classes: 4, learning: { strategy: { name: 'slda', features: 'fixed', shrinkage: 0.1 } }, onProgress: (progress) => seen.push(progress), checkpoint: { steps: 1, save },
  });
  const { probabilities } = reference.slda['0.1']!;
  const loss = reference.y.reduce((sum, label, row) => sum - Math.log(probabilities[row * 4 + label]!), 0) / 90;
  expect(result).toMatchObject({ steps: 0, rows: 90, rowsTouched: 90, form: 'eager', reproducible: true });
  expect(result.loss).toBeCloseTo(loss, 5);
  expect(result.seconds).toBeGreaterThan(0);
  expect(seen).toEqual([{ epoch: 0, epochs: 0, step: 0, steps: 0, loss: result.loss, rowsPerSecond: expect.any(Number) as number, secondsLeft: 0 }]);
  expect(save).not.toHaveBeenCalled();
  expect(result.learner.seen).toEqual([40, 25, 15, 10]);
});

test('learned features are trained in the first training, as one graph, and frozen from then on, scaling and all', async () => {
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const pipeline = pipelineWith({ strategy: 'ridge', scratchEpochs: 40 });
  const first = await train({ pipeline, table: stream(70), parent: null, backend });
  expect(first).toMatchObject({ steps: 200, form: 'graph' });
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
  const second = await train({ pipeline, table: stream(70, 2, 30), parent: await loadModel(saveModel(first.learner)), backend });
  expect(second).toMatchObject({ steps: 0, form: 'eager' });
  expect(second.learner.features).toEqual(first.learner.features);
  const [before, after] = [first, second].map(({ learner }) => learner.model.getWeights().map((tensor) => [...tensor.dataSync()]));
  expect(after!.slice(0, 2)).toEqual(before!.slice(0, 2));
  expect(after!.slice(2)).not.toEqual(before!.slice(2));
  expect(encode(second.learner.features, stream(5))).toEqual(encode(first.learner.features, stream(5)));
});

test.each(['ridge', 'slda'])('a training by %s that was interrupted anywhere ends with the same bits', async (name) => {
  const kept = new Map<number, Uint8Array>();
  const request = { pipeline: pipelineWith({ strategy: name }), table: stream(70), parent: null, backend };
  const whole = await train({ ...request, checkpoint: { steps: 1, save: (bytes, step) => void kept.set(step, bytes) } });
  for (const step of [1, 5, 8]) {
    const resumed = await train({ ...request, resume: kept.get(step)! });
    expect(bits(saveModel(resumed.learner))).toEqual(bits(saveModel(whole.learner)));
  }
});

test('nothing is carried but the sums, in float32: a triangle of features², and a number per feature and class', async () => {
  const { learner } = await learned({ ...some(all), classes: 4, mlp: [12], learning: { strategy: { name: 'ridge', features: 'fixed' } } });
  const { memory, tensors } = learner.strategy!;
  expect(memory).toBeNull();
  expect(Object.keys(tensors).sort()).toEqual(['gram', 'sums/logits/bias', 'sums/logits/kernel']);
  expect(Object.values(tensors).reduce((sum, { values }) => sum + values.byteLength, 0)).toBe(2 * 12 * 13 + 4 * 13 * 4);
});

test('sums over many batches run as one graph and lose nothing to rounding', async () => {
  const warned = jest.spyOn(console, 'warn').mockImplementation();
  const [rows, width] = [60_000, 3];
  const random = new Random(1);
  const x = Float32Array.from({ length: rows * width }, (_, i) => 10 * (i % width) + random.uniform());
  const y = Int32Array.from({ length: rows }, () => random.below(2));
  const { learner } = await learned({ x, y, classes: 2, learning: { strategy: { name: 'ridge', features: 'fixed' } } });
  const gram = learner.strategy!.tensors.gram!.values;
  for (let i = 0, at = 0; i < width; i++) {
    for (let j = 0; j <= i; j++, at++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += x[row * width + i]! * x[row * width + j]!;
      expect(Math.abs(gram[at]! / sum - 1)).toBeLessThan(2e-7);
    }
  }
  expect(warned).not.toHaveBeenCalled();
  warned.mockRestore();
});

test('no tensor is left behind', async () => {
  const before = tf.memory().numTensors;
  const learning = { strategy: { name: 'ridge', features: 'fixed' } };
  const first = await learned({ ...some(all), classes: 4, mlp: [6], learning });
  const second = await learned({ ...some(all), classes: 4, mlp: [6], learning, parent: first.learner });
  [first, second].forEach(({ learner }) => learner.model.dispose());
  expect(tf.memory().numTensors).toBe(before);
});

test('a champion of another strategy is refused, since its rows are in no sums', async () => {
  const champion = (await train({ pipeline: pipelineWith({ strategy: 'fine-tune' }), table: stream(70), parent: null, backend })).learner;
  await expect(train({ pipeline: pipelineWith({ strategy: 'slda' }), table: stream(70), parent: champion, backend })).rejects.toThrow(
    'learning.strategy: there are no sums of the rows that the champion learned from, since another strategy trained it or what its head takes has changed; train from scratch once, with learning.mode: stateless',
  );
});

test('features that never vary do no harm', async () => {
  const { learner, loss } = await learned({ x: Array(40).fill(3), y: Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 1 : 0)), classes: 2, learning: { strategy: { name: 'slda', features: 'fixed' } } });
  // All that is left are the shares: -(3/4 log 3/4 + 1/4 log 1/4).
  expect(loss).toBeCloseTo(0.5623, 4);
  expect(learner.model.getWeights()[0]!.abs().max().dataSync()[0]).toBe(0);
  const { model, features } = (await train({ pipeline: pipelineWith({ strategy: { name: 'ridge', features: 'fixed' } }, { mlp: [] }), table: stream(70), parent: null, backend })).learner;
  expect(predict(model, features, stream(10)).probabilities.every(Number.isFinite)).toBe(true);
});
