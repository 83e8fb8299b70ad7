import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { rivals } from '../losses';
import { byWeight, drop, hasPast, penalty } from './anchors';
import { strategy, type ByWeight, type Rows, type Session } from './strategy';

/**
 * Elastic weight consolidation (Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017):
 * each weight is held near its old value, the more so the more the old rows depended on it. How much they did is the
 * diagonal of the Fisher information F, found at the end of each training, row by row.
 *
 * loss = CE(new rows) + importance · Σ_t Σ F_t (w - w_t)², t over all trainings before
 *
 * There is no ½ (as in Hsu et al. 2018): importance is the paper's λ/2.
 *
 * The sum has one term for each training, but memory does not grow. With S = Σ F_t and the mean m = Σ F_t w_t / S,
 *
 *   Σ F_t (w - w_t)² = S (w - m)² + a constant,
 *
 * so two numbers a weight stand for any number of trainings: S, and how far m lies from the weight itself (which stays
 * right where a version's weights are scaled anew).
 *
 * @param importance λ/2; the Fisher information is a mean over rows (default 100)
 * @param online hold all weights near the last ones instead: one number a weight (Schwarz et al., "Progress & Compress",
 *   ICML 2018; default false)
 * @param decay γ of online EWC: F = γ F + F of this training (default 1)
 * @param labels whose log-likelihood is differentiated. predicted: the model's own decision (Hsu et al.) · true: the row's
 *   label, the empirical Fisher · expected: all classes by their probability, the exact one, at the cost of a pass a
 *   class (van de Ven et al. 2022). Default predicted
 * @param rows of each training that are looked at, drawn at random (default 10000: about 4 s for half a million weights). A
 *   few rows of which the model is unsure make up most of F, so few rows give a poor one
 */
export const ewc = strategy(
  'ewc',
  z.strictObject({
    importance: z.number().min(0).max(1e12).default(100),
    online: z.boolean().default(false),
    decay: z.number().min(0).max(1).default(1),
    labels: z.enum(['predicted', 'true', 'expected']).default('predicted'),
    rows: z.number().int().min(1).max(10_000_000).default(10_000),
  }),
  ({ importance, online, decay, labels, rows }) => ({
    begin: (session) => {
      if (!hasPast(session)) return;
      byWeight(session, 'fisher');
      const offset = online ? null : byWeight(session, 'offset');
      byWeight(session, 'anchor', (weight, name) => (offset ? weight.add(offset[name]!) : weight.clone()));
    },
    loss: (step) => {
      const { logits, batch, crossEntropy, weights } = step;
      const loss = crossEntropy(logits(batch.x), batch.y);
      return hasPast(step) ? loss.add(penalty(weights, byWeight(step, 'anchor'), byWeight(step, 'fisher')).mul(importance)) : loss;
    },
    end: async (session) => {
      const { weights, random } = session;
      const count = Math.min(rows, session.rows.count);
      const sum = byWeight(session, 'sum');
      await session.sweep('rows', (row) => addSquares(session, labels, row, sum), { batch: 1, rows: random('fisher').choose(session.rows.count, count) });

      const fisher = byWeight(session, 'fisher');
      const anchor = byWeight(session, 'anchor', (weight) => weight.clone());
      const offset = online ? null : byWeight(session, 'offset');
      tf.tidy(() => {
        for (const [name, weight] of Object.entries(weights)) {
          const old = online ? fisher[name]!.mul(decay) : fisher[name]!;
          const all = old.add(sum[name]!.div(count));
          // m - w for m = (S·anchor + F·w) / (S + F); where nothing counts there is nothing to be near to.
          offset?.[name]!.assign(anchor[name]!.sub(weight).mul(old.divNoNan(all)));
          fisher[name]!.assign(all);
        }
      });
      ['sum', 'anchor', ...(online ? ['offset'] : [])].forEach((what) => drop(session, what));
    },
  }),
);

type Labels = 'predicted' | 'true' | 'expected';

/** Adds to each sum the squared derivative of one row's log-likelihood. */
function addSquares({ model, heads, gradients, crossEntropy }: Session, labels: Labels, { x, y }: Rows, sum: ByWeight<tf.Variable>): void {
  // As in prediction: dropout would blur what a weight is worth.
  const logits = () => model.apply(x) as tf.Tensor2D;
  const add = (label: tf.Tensor1D, share: tf.Tensor = tf.scalar(1)) => {
    for (const [name, gradient] of Object.entries(gradients(() => crossEntropy(logits(), label).mul(share.sqrt())))) {
      sum[name]!.assign(sum[name]!.add(gradient.square()));
    }
  };
  if (labels === 'true') return add(y);
  const own = rivals(logits(), y, heads);
  if (labels === 'predicted') return add(own.argMax<tf.Tensor1D>(1).toInt());
  const probabilities = own.softmax();
  for (let label = 0; label < own.shape[1]; label++) add(tf.tensor1d([label], 'int32'), probabilities.slice([0, label], [1, 1]).asScalar());
}
