import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { logitDistance } from './logit-distance';
import { strategy } from './strategy';

/**
 * Dark experience replay (Buzzega et al., "Dark Experience for General Continual Learning: a Strong, Simple Baseline",
 * NeurIPS 2020): the memory keeps with each row the logits that the model gave for it, and the model goes on giving them.
 *
 * loss = CE(new) + alpha MSE(logits(old), kept logits) + beta CE(old'), old and old' drawn independently, each as many rows
 * as are new; beta > 0 makes it DER++. The MSE is the mean over rows and logits. A logit that is not known
 * (of a row that another strategy kept) counts as met; of a class that came by a surgery it is the least of the row's.
 *
 * @param memory rows kept, a reservoir; each takes 4 bytes per class more than a row of `replay` (default 2000)
 * @param alpha weight of the kept logits (default 0.5)
 * @param beta weight of the old rows' classes (default 0.5)
 * @param insert end: rows come in when their training ends, with the logits of the trained model · stream: as they are
 *   first trained on, with the logits of before that step, as in the paper, whose streams pass once (default end)
 * @example
 * learning: { strategy: { name: der, memory: 500, alpha: 0.2, beta: 0.5, insert: stream } }
 */
export const der = strategy(
  'der',
  z.strictObject({
    memory: z.number().int().min(1).max(10_000_000).default(2000),
    alpha: z.number().min(0).max(1000).default(0.5),
    beta: z.number().min(0).max(1000).default(0.5),
    insert: z.enum(['end', 'stream']).default('end'),
  }),
  ({ memory, alpha, beta, insert }) => ({
    memory: { rows: memory, sampling: 'reservoir', insert, draws: beta > 0 ? ['batch', 'batch'] : ['batch'] },
    keep: ({ logits, batch }) => ({ logits: logits(batch.x) }),
    loss: ({ logits, batch, past, others, crossEntropy }) => {
      if (!past) return crossEntropy(logits(batch.x), batch.y);
      const drawn = [batch, past, ...others];
      const [now, then, again] = tf.split(logits(tf.concat(drawn.map(({ x }) => x))), drawn.map(({ y }) => y.shape[0])) as tf.Tensor2D[];
      const loss = crossEntropy(now!, batch.y).add<tf.Scalar>(logitDistance(then!, past.kept.logits).mul(alpha));
      return again ? loss.add(crossEntropy(again, others[0]!.y).mul(beta)) : loss;
    },
  }),
);
