import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { strategy, type ByWeight } from './strategy';

/**
 * Averaged gradient episodic memory (Chaudhry et al., "Efficient Lifelong Learning with A-GEM", ICLR 2019): learns from the
 * new rows alone, but no step may raise the loss of rows of the past, to first order.
 *
 * g' = g - (g·r / r·r) r where g·r < 0, else g; g is the gradient of the new rows, r that of the reference rows
 *
 * The promise is about the gradient, and holds for `optimizer: sgd`, as in the paper. Adam and others scale each weight's part
 * of it by itself, and a step may then raise that loss.
 *
 * The authors keep 250 rows of each task, 25 a class, without a bound. Here the bound holds for all: give 250 times the
 * trainings to come. Until they have come, each has more rows than that.
 *
 * @param memory rows kept, every class with an equal share (default 2000)
 * @param reference rows drawn for r in each step (default 256); with repeats where the memory has fewer
 * @example
 * learning: { strategy: { name: a-gem, memory: 4250 } }
 */
export const aGem = strategy(
  'a-gem',
  z.strictObject({
    memory: z.number().int().min(1).max(10_000_000).default(2000),
    reference: z.number().int().min(1).max(65_536).default(256),
  }),
  ({ memory, reference }) => ({
    memory: { rows: memory, sampling: 'class-balanced', draws: [reference] },
    loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
    gradients: ({ past, logits, crossEntropy, gradients }, g) => {
      if (!past) return g;
      const r = gradients(() => crossEntropy(logits(past.x), past.y));
      const share = tf.minimum(dot(g, r), 0).divNoNan<tf.Scalar>(dot(r, r));
      return Object.fromEntries(Object.entries(g).map(([name, gradient]) => [name, gradient.sub(share.mul(r[name]!))]));
    },
  }),
);

const dot = (a: ByWeight, b: ByWeight): tf.Scalar => tf.addN(Object.keys(a).map((name) => a[name]!.mul(b[name]!).sum())) as tf.Scalar;
