import { z } from 'zod';
import { strategy } from './strategy';

/** Trains a new model from scratch each time. The bound of what can be had when all rows are kept and paid for again. */
export const stateless = strategy('stateless', z.strictObject({}), () => ({
  fresh: true,
  loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
}));
