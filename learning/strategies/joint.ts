import { z } from 'zod';
import { strategy } from './strategy';

/**
 * Trains a new model on all rows that the lineage has ever learned from, the new ones among them: the upper bound of what
 * any strategy can hope for, and the dearest. `stateless` trains a new model too, but on the rows of its run alone.
 */
export const joint = strategy('joint', z.strictObject({}), () => ({
  fresh: true,
  rows: 'lineage',
  loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
}));
