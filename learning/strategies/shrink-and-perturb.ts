import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { modelFromTopology, trainableWeightsOf } from '../models';
import { hasPast } from './anchors';
import { strategy } from './strategy';

/**
 * Shrink and perturb (Ash & Adams, "On Warm-Starting Neural Network Training", NeurIPS 2020): a model that goes on from
 * old weights can end worse than a new one. So all weights are first drawn towards zero and mixed with a new
 * initialisation: what was learned stays in proportion, and the gradients grow to what a new model's are.
 *
 *   w = shrink · w + perturb · a fresh w        once before the first step; then CE(new rows)
 *
 * The fresh weights come from the layers' own initialisers, biases included, as in the authors' code, which begins each
 * training with a new optimizer too.
 * It protects nothing of the past: the paper trains on all rows so far.
 *
 * @param shrink λ (default 0.4, the authors')
 * @param perturb share of the fresh weights (default 0.1, the authors')
 */
export const shrinkAndPerturb = strategy(
  'shrink-and-perturb',
  z.strictObject({
    shrink: z.number().min(0).max(1).default(0.4),
    perturb: z.number().min(0).max(10).default(0.1),
  }),
  ({ shrink, perturb }) => ({
    freshOptimizer: true,
    begin: async (session) => {
      if (!hasPast(session)) return;
      const fresh = await modelFromTopology(session.model.toJSON(null, false), session.random('perturb').uint32());
      tf.tidy(() => {
        for (const { name, variable } of trainableWeightsOf(fresh)) {
          const weight = session.weights[name]!;
          weight.assign(weight.mul(shrink).add(variable.mul(perturb)));
        }
      });
      fresh.dispose();
    },
    loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
  }),
);
