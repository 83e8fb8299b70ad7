import { z } from 'zod';
import { byWeight, drop, hasPast, penalty } from './anchors';
import { strategy } from './strategy';

/**
 * L2-SP: weight decay towards the starting point (Li, Grandvalet & Davoine, "Explicit Inductive Bias for Transfer
 * Learning with Convolutional Networks", ICML 2018). All weights are held alike, so it knows nothing of what mattered; but
 * it carries nothing from version to version either.
 *
 * loss = CE(new rows) + strength · Σ (w - w*)², w* the champion's weights; without a champion only CE
 *
 * Hsu et al. 2018 call it L2. A weight that a surgery padded with zeros is held at 0, as the paper holds new weights.
 *
 * @param strength of the pull, without the paper's ½: strength 0.05 is its alpha of 0.1 (default 0.05)
 */
export const l2sp = strategy(
  'l2-sp',
  z.strictObject({ strength: z.number().min(0).max(1e6).default(0.05) }),
  ({ strength }) => ({
    begin: (session) => {
      if (hasPast(session)) byWeight(session, 'anchor', (weight) => weight.clone());
    },
    loss: (step) => {
      const { logits, batch, crossEntropy, weights } = step;
      const loss = crossEntropy(logits(batch.x), batch.y);
      return hasPast(step) ? loss.add(penalty(weights, byWeight(step, 'anchor')).mul(strength)) : loss;
    },
    end: (session) => drop(session, 'anchor'),
  }),
);
