import * as tf from '@tensorflow/tfjs';
import { registerStrategy, strategy } from 'temporal-continual-training/learning';
import { z } from 'zod';

/**
 * New rows are learned by their labels, replayed rows by what the champion says of them.
 *
 * @param memory rows kept of the past (default 500)
 * @param pull weight of the squared difference in probabilities (default 1)
 */
export const championReplay = strategy(
  'champion-replay',
  z.strictObject({ memory: z.number().int().min(1).default(500), pull: z.number().min(0).default(1) }),
  ({ memory, pull }) => ({
    memory: { rows: memory, sampling: 'class-balanced' },
    previous: true,
    loss: ({ logits, batch, past, previous, crossEntropy }) => {
      const now = crossEntropy(logits(batch.x), batch.y);
      if (!past || !previous) return now;
      const change = tf.softmax(logits(past.x)).sub(tf.softmax(previous(past.x)));
      return now.add(change.square().sum(1).mean().mul(pull));
    },
  }),
);

registerStrategy(championReplay);
