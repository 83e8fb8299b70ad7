import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { BackendFacts } from '../../contracts';
import { accuracy, crossEntropy, labels, loadBackend, predict, registerStrategy, saveModel, strategy, strategyNamed, train, type Learner, type Step, type TrainingResult } from '../../learning';
import { bits, numbers, pipelineWith, stream, tableOf } from './tables';

let backend: BackendFacts;
beforeAll(async () => {
  backend = await loadBackend(['native'], { convolution: false });
});

const run = (table: ReturnType<typeof stream>, name: string, parent: Learner | null = null, more: object = {}): Promise<TrainingResult> =>
  train({ pipeline: pipelineWith({ strategy: { name, ...more }, epochs: 20, scratchEpochs: 20, batch: 32 }), table, parent, backend });

test('cross-entropy is the mean of -log softmax at the class', () => {
  const loss = tf.tidy(() => crossEntropy(tf.tensor2d([[0, Math.log(3)], [2, 2]]), tf.tensor1d([1, 0], 'int32')).dataSync()[0]!);
  // -(log 3/4 + log 1/2) / 2
  expect(loss).toBeCloseTo(-(Math.log(0.75) + Math.log(0.5)) / 2, 6);
});

test('its gradient is (softmax - one-hot) / rows', () => {
  const gradient = tf.tidy(() => tf.grad((z) => crossEntropy(z as tf.Tensor2D, tf.tensor1d([1, 0], 'int32')))(tf.tensor2d([[0, Math.log(3)], [2, 2]])).dataSync());
  [0.25, -0.25, -0.5, 0.5].forEach((value, i) => expect(gradient[i]).toBeCloseTo(value / 2, 6));
});

/** Points left of 0 are of class 1 where b is positive, points right of 0 where it is negative. */
function task(side: 1 | -1): ReturnType<typeof stream> {
  const points = Array.from({ length: 200 }, (_, i) => [side * (1 + ((i * 7) % 10) / 10), ((i * 3) % 20) / 10 - 0.95] as const);
  return tableOf({ a: numbers(points.map(([a]) => a)), b: numbers(points.map(([, b]) => b)), label: numbers(points.map(([, b]) => (b * side < 0 ? 1 : 0))) });
}

test('replay remembers a task that fine-tuning forgets', async () => {
  const learn = async (name: string, table: ReturnType<typeof stream>, parent: Learner | null): Promise<Learner> =>
    (await train({ pipeline: pipelineWith({ strategy: name, epochs: 40, scratchEpochs: 20, batch: 32, rate: 0.05 }, { mlp: [16] }), table, parent, backend })).learner;
  const remembered = async (name: string): Promise<number> => {
    const first = await learn(name, task(-1), null);
    const { model, features } = await learn(name, task(1), first);
    return accuracy(predict(model, features, task(-1)).predictions, labels(features, task(-1)));
  };
  expect(await remembered('fine-tune')).toBeLessThan(0.6);
  expect(await remembered('replay')).toBeGreaterThan(0.9);
});

test('a replayed batch holds as many rows of the past as new ones, and counts them half and half', () => {
  const seen: number[][] = [];
  const [batch, past] = [{ x: tf.ones([3, 2]), y: tf.tensor1d([0, 1, 0], 'int32') }, { x: tf.zeros([3, 2]), y: tf.tensor1d([1, 1, 1], 'int32') }];
  const logits = (x: tf.Tensor): tf.Tensor2D => {
    seen.push([...x.dataSync()]);
    return tf.zeros([6, 2]);
  };
  const loss = strategyNamed('replay').loss({ logits, batch, past, crossEntropy } as unknown as Step);
  expect(seen).toEqual([[1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]]);
  expect(loss.dataSync()[0]).toBeCloseTo(Math.log(2), 6);
});

test('the memory holds unscaled rows of all versions so far', async () => {
  const first = await run(stream(50), 'replay', null, { memory: 60 });
  expect(first.learner.strategy!.memory!.y!.shape).toEqual([50]);
  const second = await run(stream(50, 2, 100), 'replay', first.learner, { memory: 60 });
  expect(second.learner.strategy!.memory!.y!.shape).toEqual([60]);
  expect(second.rowsTouched).toBe(2 * 20 * 50);
  const old = new Set(Array.from({ length: 50 }, (_, row) => first.learner.strategy!.memory!.x!.values[row * 10]!));
  const kept = Array.from({ length: 60 }, (_, row) => second.learner.strategy!.memory!.x!.values[row * 10]!).filter((value) => old.has(value));
  expect(kept.length).toBeGreaterThan(15);
  expect(kept.length).toBeLessThan(45);
});

test('stateless begins anew even where there is a champion', async () => {
  const champion = await run(stream(60), 'stateless');
  const [anew, alone] = [await run(stream(60, 2), 'stateless', champion.learner), await run(stream(60, 2), 'stateless')];
  expect(bits(saveModel(anew.learner))).toEqual(bits(saveModel(alone.learner)));
  expect(anew.learner.strategy).toBeNull();
});

test("a strategy can ask for the champion's logits and keep tensors from version to version", async () => {
  const distances: number[] = [];
  registerStrategy(
    strategy('distil', z.strictObject({}), () => ({
      previous: true,
      begin: ({ state, previous, logits, rows }) => {
        if (!state.has('versions')) state.set('versions', tf.variable(tf.scalar(0)));
        if (previous) {
          tf.tidy(() => {
            const { x } = rows.take(Int32Array.of(0, 1, 2));
            distances.push(previous(x).sub(logits(x)).abs().max().dataSync()[0]!);
          });
        }
      },
      loss: ({ logits, previous, batch }) =>
        previous ? (tf.losses.meanSquaredError(previous(batch.x), logits(batch.x)) as tf.Scalar) : crossEntropy(logits(batch.x), batch.y),
      end: ({ state }) => tf.tidy(() => state.get('versions')!.assign(state.get('versions')!.add(1))),
    })),
  );
  const first = await run(stream(60), 'distil');
  const second = await run(stream(60, 2, 20), 'distil', first.learner);
  expect(distances).toEqual([0]);
  expect(second.learner.strategy!.tensors.versions!.values[0]).toBe(2);
  expect((await run(stream(60), 'fine-tune', second.learner)).learner.strategy).toBeNull();
});
