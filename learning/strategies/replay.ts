import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { hasPast } from './anchors';
import { gradientScores, referenceRows } from './gradient-scores';
import { strategy } from './strategy';

/**
 * Experience replay (Rolnick et al., NeurIPS 2019; Chaudhry et al., "On Tiny Episodic Memories", 2019): each batch comes with
 * as many rows of the past as new ones, drawn from a memory that the version carries with it.
 *
 * loss = CE(new and old rows as one batch), or (1/t) CE(new) + (1 - 1/t) CE(old)
 *
 * @param memory rows kept (default 2000)
 * @param sampling reservoir: all rows alike · class-balanced: rare classes keep more · gss-greedy: rows whose gradients
 *   point away from the others' (Aljundi et al., NeurIPS 2019), meant for small batches and one pass, since each batch
 *   costs the gradient of each of its rows (default reservoir)
 * @param insert end: rows come in when their training ends · stream: as they are first trained on, to be drawn at once
 *   (default end; stream with gss-greedy, which knows no other)
 * @param balance equal: all rows of a step alike (Hsu et al. 2018) · trainings: in the lineage's t-th training by this
 *   strategy new rows count 1/t and old ones 1 - 1/t (van de Ven et al., Nature Machine Intelligence 2022) · turns: a step
 *   on the new rows, then one on the old ones (Aljundi et al. 2019); a step of loss 0 while there are none (default equal)
 * @param repeats how often each batch of new rows is gone through before the next comes, with old rows drawn anew (default 1)
 * @example
 * learning: { strategy: { name: replay, memory: 1100, sampling: class-balanced } }
 * @example
 * learning: { strategy: { name: replay, memory: 300, sampling: gss-greedy, balance: turns, repeats: 3 }, epochs: 1, batch: 10 }
 */
export const replay = strategy(
  'replay',
  z
    .strictObject({
      memory: z.number().int().min(1).max(10_000_000).default(2000),
      sampling: z.enum(['reservoir', 'class-balanced', 'gss-greedy']).default('reservoir'),
      insert: z.enum(['end', 'stream']).optional(),
      balance: z.enum(['equal', 'trainings', 'turns']).default('equal'),
      repeats: z.number().int().min(1).max(1000).default(1),
    })
    .refine(({ sampling, insert }) => sampling !== 'gss-greedy' || insert !== 'end', {
      path: ['insert'],
      message: 'gss-greedy judges rows as they come; leave insert out',
    }),
  ({ memory, sampling, insert, balance, repeats }) => {
    const greedy = sampling === 'gss-greedy';
    return {
      repeats: balance === 'turns' ? 2 * repeats : repeats,
      memory: { rows: memory, sampling, insert: insert ?? (greedy ? 'stream' : 'end'), draws: greedy ? ['batch', referenceRows] : ['batch'] },
      ...(greedy ? { keep: gradientScores } : {}),
      begin: ({ state, seen }) => {
        const begun = (name: string, value: number): void => void (state.has(name) || state.set(name, tf.tidy(() => tf.scalar(value).variable(false))));
        // Trainings by other strategies count as one.
        if (balance === 'trainings') begun('trainings', hasPast({ seen }) ? 1 : 0);
        // Whose turn it is: 0 the new rows', 1 the old ones'.
        if (balance === 'turns') begun('turn', 0);
      },
      loss: ({ logits, batch, past, crossEntropy, state }) => {
        const all = logits(past ? tf.concat([batch.x, past.x]) : batch.x);
        if (balance === 'equal') return crossEntropy(all, past ? tf.concat([batch.y, past.y]) : batch.y);
        const rows = batch.y.shape[0];
        const now = crossEntropy(all.slice(0, rows), batch.y);
        const share = balance === 'turns' ? tf.sub<tf.Scalar>(1, state.get('turn')!) : tf.div<tf.Scalar>(1, state.get('trainings')!.add(1));
        if (!past) return balance === 'turns' ? now.mul(share) : now;
        return now.mul(share).add(crossEntropy(all.slice(rows), past.y).mul(tf.sub(1, share)));
      },
      ...(balance === 'turns' ? { after: ({ state }) => state.get('turn')!.assign(tf.sub(1, state.get('turn')!)) } : {}),
      end: ({ state }) => tf.tidy(() => state.get('trainings')?.assign(state.get('trainings')!.add(1))),
    };
  },
);
