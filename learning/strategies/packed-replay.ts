import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { logitDistance } from './logit-distance';
import { strategy } from './strategy';

/**
 * The default. Experience replay with as many rows as their budget in bytes holds once they are packed without loss
 * (Brotli; five times as many rows of MNIST as unpacked), each class with an equal share, and with the logits that the
 * model once gave for them as a second teacher (Buzzega et al., "Dark Experience for General Continual Learning",
 * NeurIPS 2020).
 *
 * loss = ½ CE(new rows) + ½ CE(old rows) + alpha MSE(logits of the old rows, logits kept with them)
 *
 * @param bytes what the memory may take in the version, all told (default 1 MB)
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
    loss: ({ logits, batch, past, crossEntropy }) => {
      if (!past) return crossEntropy(logits(batch.x), batch.y);
      const all = logits(tf.concat([batch.x, past.x]));
      const old = all.slice(batch.y.shape[0]);
      return crossEntropy(all, tf.concat([batch.y, past.y])).add(logitDistance(old, past.kept.logits).mul(alpha));
    },
  }),
);
