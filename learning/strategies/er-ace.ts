import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { strategy } from './strategy';

/** What a class that is out of the question adds to its logit. */
const never = -1e9;

/**
 * Experience replay with asymmetric cross-entropy (Caccia et al., "New Insights on Reducing Abrupt Representation Change in
 * Online Continual Learning", ICLR 2022): new rows compete among the classes of their own batch only, so that learning them
 * does not push the others down; rows of the past compete among all.
 *
 * loss = CE(new; classes of the batch) + CE(old; all classes)
 *
 * Needs no boundaries between tasks: rows come into the memory as they are first trained on. The authors' code lets
 * classes that nothing has shown yet compete as well; the paper's formula, which this is, does not.
 *
 * @param memory rows kept, a reservoir (default 2000)
 * @example
 * learning: { strategy: { name: er-ace, memory: 1000 } }
 */
export const erAce = strategy('er-ace', z.strictObject({ memory: z.number().int().min(1).max(10_000_000).default(2000) }), ({ memory }) => ({
  memory: { rows: memory, sampling: 'reservoir', insert: 'stream' },
  loss: ({ logits, batch, past, crossEntropy }) => {
    const rows = batch.y.shape[0];
    const all = logits(past ? tf.concat([batch.x, past.x]) : batch.x);
    const present = tf.oneHot(batch.y, all.shape[1]).max(0);
    const rivals = all.slice(0, rows).add<tf.Tensor2D>(tf.scalar(1).sub(present).mul(never));
    const loss = crossEntropy(rivals, batch.y);
    return past ? loss.add(crossEntropy(all.slice(rows), past.y)) : loss;
  },
}));
