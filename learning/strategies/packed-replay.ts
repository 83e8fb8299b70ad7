import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { byWeight, drop } from './anchors';
import { logitDistance } from './logit-distance';
import { strategy } from './strategy';

/** How fast early steps count for less in the average: as (step / steps) to this power. */
const decay = 3;
const averaged = 'steps averaged';

/**
 * The default. Experience replay with as many rows as their budget in bytes holds once they are packed without loss
 * (Brotli; five times as many rows of MNIST as unpacked), each class with an equal share, and with the logits that the
 * model once gave for them as a second teacher (Buzzega et al., "Dark Experience for General Continual Learning",
 * NeurIPS 2020).
 *
 * loss = ½ CE(new rows) + ½ CE(old rows) + alpha MSE(logits of the old rows, logits kept with them)
 *
 * Logits are kept as the model gives them after the last step of its training, before the average below.
 *
 * A training ends with an average of the weights of its steps, in which the late ones count most (polynomial-decay averaging,
 * Shamir & Zhang, "Stochastic Gradient Descent for Non-smooth Optimization", ICML 2013, equation 4, with η = 3): where the
 * learning rate stays the same, the last step alone is a matter of luck. What is not trained by gradients, such as the
 * running statistics of a batch norm, is that of the last step.
 *
 * average ← average + (η + 1) / (n + η) · (weights - average) after step n = 1, 2, …
 *
 * @param bytes what the memory may take in the version, all told: its values, to which names and a digest add some hundred (default 1 MB)
 * @param alpha weight of the kept logits (default 0.1)
 * @param repeats how often each batch of new rows is gone through before the next comes, with old rows drawn anew (default 1)
 */
export const packedReplay = strategy(
  'packed-replay',
  z.strictObject({
    bytes: z.number().int().min(1000).max(10_000_000_000).default(1_000_000),
    alpha: z.number().min(0).max(100).default(0.1),
    repeats: z.number().int().min(1).max(1000).default(1),
  }),
  ({ bytes, alpha, repeats }) => ({
    repeats,
    memory: { bytes, sampling: 'class-balanced' },
    ...(alpha > 0 ? { keep: ({ logits, batch }) => ({ logits: logits(batch.x) }) } : {}),
    begin: (session) => {
      byWeight(session, 'average');
      session.state.set(averaged, tf.tidy(() => tf.scalar(0).variable(false)));
    },
    after: (step) => {
      const number = step.state.get(averaged)!.add(1);
      const share = tf.div(decay + 1, number.add(decay));
      step.state.get(averaged)!.assign(number);
      const average = byWeight(step, 'average');
      for (const [name, weight] of Object.entries(step.weights)) average[name]!.assign(average[name]!.add(weight.sub(average[name]!).mul(share)));
    },
    end: (session) => {
      const average = byWeight(session, 'average');
      for (const [name, weight] of Object.entries(session.weights)) weight.assign(average[name]!);
      drop(session, 'average');
      session.state.get(averaged)!.dispose();
      session.state.delete(averaged);
    },
    loss: ({ logits, batch, past, crossEntropy }) => {
      if (!past) return crossEntropy(logits(batch.x), batch.y);
      const all = logits(tf.concat([batch.x, past.x]));
      const old = all.slice(batch.y.shape[0]);
      return crossEntropy(all, tf.concat([batch.y, past.y])).add(logitDistance(old, past.kept.logits).mul(alpha));
    },
  }),
);
