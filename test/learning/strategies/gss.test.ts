import * as tf from '@tensorflow/tfjs';
import { crossEntropy, strategyNamed, type Step } from '../../../learning';
import { weightsOf } from '../../../learning/models';
import { gradientScores, referenceRows } from '../../../learning/strategies/gradient-scores';
import { expectClose, initial, learned, tasks } from './regularisers';
import { memoryOf, reference } from './rehearsal';

const [first, second] = tasks as [(typeof tasks)[0], (typeof tasks)[0]];
const rowsOf = ({ encoded, y }: typeof first, rows: number[]) => ({
  x: tf.tensor2d(rows.map((row) => [...encoded.subarray(row * 3, row * 3 + 3)])),
  y: tf.tensor1d(rows.map((row) => y[row]!), 'int32'),
});

test("a score is the largest cosine of a row's gradient with ten of the memory; the gate is the whole batch's", async () => {
  const { model } = await initial();
  const weights = weightsOf(model);
  const { picked, score, gate } = reference.scores;
  expect(picked).toHaveLength(referenceRows);
  tf.tidy(() => {
    const step = {
      batch: rowsOf(second, [0, 1, 2, 3]),
      others: [{ ...rowsOf(first, picked), kept: {} }],
      model,
      crossEntropy,
      gradients: (loss: () => tf.Scalar) => {
        const { grads } = tf.variableGrads(loss, weights.map(({ variable }) => variable));
        return Object.fromEntries(weights.map(({ name, variable }) => [name, grads[variable.name]]));
      },
    } as unknown as Step;
    const found = gradientScores(step);
    expect([found.score.shape, found.gate.shape]).toEqual([[4, 1], [4, 1]]);
    expectClose(found.score.dataSync(), score, 'scores');
    expectClose(found.gate.dataSync(), Array(4).fill(gate), 'gate');
    const alone = gradientScores({ ...step, others: [] } as unknown as Step);
    expectClose(alone.score.dataSync(), Array(4).fill(0.1), 'scores of the first batch');
  });
});

test('scores are kept beside the rows, the gate is not', async () => {
  expect(strategyNamed('replay', { sampling: 'gss-greedy' }).memory).toMatchObject({ insert: 'stream', draws: ['batch', 100] });
  const learner = await learned(await initial(), first, { name: 'replay', sampling: 'gss-greedy', memory: 20 }, { batch: 6, epochs: 2 });
  const { y, bytes } = memoryOf(learner);
  expect(y.sort()).toEqual([...first.y].sort());
  expect(bytes).toEqual({ x: 12 * 3 * 4, y: 12, 'kept/score': 12 * 4, seen: 32, full: 4 });
  const scores = [...learner.strategy!.memory!['kept/score']!.values];
  expectClose(scores.slice(0, 6), Array(6).fill(0.1), 'the first batch');
  scores.slice(6).forEach((score) => expect(Math.abs(score)).toBeLessThanOrEqual(1));
});
