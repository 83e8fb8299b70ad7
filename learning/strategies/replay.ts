import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { strategy } from './strategy';

/**
 * Experience replay (Rolnick et al., NeurIPS 2019; Chaudhry et al., "On Tiny Episodic Memories", 2019): each batch holds as
 * many rows of the past as new ones, drawn from a memory that the version carries with it.
 *
 * @param memory rows kept (default 2000)
 * @param sampling reservoir: all rows alike · class-balanced: rare classes keep more (default reservoir)
 */
export const replay = strategy(
  'replay',
  z.strictObject({
    memory: z.number().int().min(1).max(10_000_000).default(2000),
    sampling: z.enum(['reservoir', 'class-balanced']).default('reservoir'),
  }),
  (o) => ({
    memory: { rows: o.memory, sampling: o.sampling },
    loss: ({ logits, batch, past, crossEntropy }) => {
      if (!past) return crossEntropy(logits(batch.x), batch.y);
      return crossEntropy(logits(tf.concat([batch.x, past.x])), tf.concat([batch.y, past.y]));
    },
  }),
);
