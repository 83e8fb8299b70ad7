import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compile } from '../../learning/compiled';
import { attempt } from './attempt';

beforeAll(async () => void (await loadBackend(['native'], { convolution: false })));

describe('a draw that would be frozen in the graph is refused', () => {
  test('a branch on a random number', () => {
    const { reason } = attempt(({ x }) => (tf.randomUniform([1]).dataSync()[0]! > 0.5 ? x.sum() : x.mean()));
    expect(reason).toMatch(/reads a random tensor/);
  });

  test('a random number made in JavaScript', () => {
    expect(attempt(({ x }) => x.sum().mul(Math.random())).reason).toMatch(/calls Math\.random.*tf\.randomUniform/);
  });

  test('a branch on a random number of JavaScript, which two runs may take alike', () => {
    expect(attempt(({ x }) => (Math.random() < 2 ? x.sum() : x.mean())).reason).toMatch(/calls Math\.random.*tf\.where/);
    expect(attempt(({ x }) => x.sum().add(tf.rand([1], () => Math.min(Math.random(), 0)))).reason).toMatch(/calls Math\.random/);
  });

  test('integers and truth values drawn at random, which two runs may draw alike', () => {
    for (const draw of [() => tf.randomUniform([], 2, 2.1, 'int32'), () => tf.randomUniform([], 0, 1, 'bool'), () => tf.randomUniformInt([1], 3, 3), () => tf.randomNormal([2], 0, 0.01, 'int32')]) {
      expect(attempt(({ x }) => x.mul(draw().toFloat())).reason).toMatch(/draws (int32|bool) .* tf\.randomUniform.*floor, cast/);
    }
    expect(attempt(({ x }) => x.add(tf.randomUniform(x.shape, 0, 9, 'int32', 5))).mode).toBe('graph');
  });

  test('a single random number of parameters that one value cannot tell, with advice that helps', () => {
    expect(attempt(({ x }) => x.mul(tf.randomUniform([1], 0.9, 1.1))).reason).toMatch(/tf\.randomUniform\(\[1\]\)\.mul\(0\.2\)\.add\(0\.9\)/);
    expect(attempt(({ x }) => x.mul(tf.randomUniform([1]).mul(0.2).add(0.9))).mode).toBe('graph');
  });

  test('a random tensor of a distribution that has no op', () => {
    expect(attempt(({ x }) => x.mul(tf.randomGamma(x.shape as [number, number], 2)).sum()).mode).toBe('eager');
  });
});

describe('a draw of tfjs is drawn anew in each step', () => {
  test('uniform, normal and truncated random tensors, with their parameters', () => {
    const input = tf.zeros([20_000]);
    for (const [draw, mean, deviation] of [
      [() => tf.randomUniform([20_000], 2, 6), 4, 4 / Math.sqrt(12)],
      [() => tf.randomNormal([20_000], -3, 0.5), -3, 0.5],
      [() => tf.truncatedNormal([20_000], 1, 2), 1, 2 * 0.8796],
      [() => tf.randomNormal([20_000], 5, 0.01), 5, 0.01],
    ] as const) {
      const step = compile(({ x }: { x: tf.Tensor }) => x.add(draw()), { inputs: { x: input }, seed: 4 });
      expect(step.mode).toBe('graph');
      const [first, second] = [step({ x: input }), step({ x: input })];
      const { mean: m, variance: v } = tf.moments(first);
      expect(m.dataSync()[0]).toBeCloseTo(mean, 1);
      expect(Math.sqrt(v.dataSync()[0]!)).toBeCloseTo(deviation, 1);
      expect(first.sub(second).abs().max().dataSync()[0]).toBeGreaterThan(deviation / 2);
      step.dispose();
    }
  });

  test('a step that gives back one input, disposes of another, and draws at random', () => {
    const inputs = { x: tf.tensor1d([1, 2, 3]), y: tf.tensor1d([4, 5, 6]) };
    const rows = Int32Array.of(0, 2);
    const step = compile(({ x, y }: typeof inputs) => {
      const drawn = y.add(tf.randomNormal(y.shape));
      y.dispose();
      return { x, drawn };
    }, { inputs, forms: ['stateful', 'gathered', 'loop'] });
    expect(step.mode).toBe('graph');
    expect([step(inputs), step.gather(inputs, rows), step.loop(inputs, rows, 2)].map((out) => Array.from(out.x.dataSync()))).toEqual([[1, 2, 3], [1, 3], [1, 3]]);
    expect(Array.from(inputs.y.dataSync())).toEqual([4, 5, 6]);
    step.dispose();
  });
});
