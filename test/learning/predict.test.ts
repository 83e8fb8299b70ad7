import * as tf from '@tensorflow/tfjs';
import { loadBackend, predict, train, type Learner } from '../../learning';
import { numbers, pipelineWith, stream, tableOf } from './tables';

let learner: Learner;
beforeAll(async () => {
  const backend = await loadBackend(['native'], { convolution: false });
  ({ learner } = await train({ pipeline: pipelineWith(), table: stream(70), parent: null, backend }));
});

test('probabilities of a row sum to 1, and the prediction is the largest', () => {
  const { predictions, probabilities } = predict(learner.model, learner.features, stream(2100, 2));
  expect(predictions).toHaveLength(2100);
  predictions.forEach((prediction, row) => {
    const [p0, p1] = [probabilities[2 * row]!, probabilities[2 * row + 1]!];
    expect(p0 + p1).toBeCloseTo(1, 5);
    expect(prediction).toBe(p1 > p0 ? 1 : 0);
  });
});

test('a range gives the same as those rows of the whole', () => {
  const whole = predict(learner.model, learner.features, stream(100, 2));
  const part = predict(learner.model, learner.features, stream(100, 2), { from: 40, to: 60 });
  expect(part.predictions).toEqual(whole.predictions.slice(40, 60));
});

test('no label is needed, other columns are ignored, no rows give no predictions, and no tensor is left behind', () => {
  const { a, b, c } = stream(10).columns;
  const before = tf.memory().numTensors;
  expect(predict(learner.model, learner.features, tableOf({ extra: numbers(Array(10).fill(1)), a: a!, b: b!, c: c! })).predictions).toHaveLength(10);
  expect(predict(learner.model, learner.features, stream(10), { from: 3, to: 3 }).predictions).toHaveLength(0);
  expect(tf.memory().numTensors).toBe(before);
});

test('a convolutional network learns from pixels', async () => {
  const rows = 60;
  const pixel = (p: number) => numbers(Array.from({ length: rows }, (_, row) => (p % 4 === (row % 2) * 2 ? 200 : 10)));
  const columns = Object.fromEntries(Array.from({ length: 16 }, (_, p) => [`p${p}`, pixel(p)]));
  const table = tableOf({ ...columns, label: numbers(Array.from({ length: rows }, (_, row) => row % 2)) });
  const backend = await loadBackend(['native'], { convolution: true });
  const pipeline = pipelineWith({ scratchEpochs: 8 }, { cnn: { image: [4, 4, 1], filters: [4], dense: 8 } });
  const first = await train({ pipeline, table, parent: null, backend });
  const { learner } = await train({ pipeline, table, parent: first.learner, backend });
  expect([...predict(learner.model, learner.features, table).predictions]).toEqual(Array.from({ length: rows }, (_, row) => row % 2));
});
