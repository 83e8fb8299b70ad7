import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { byWeight, drop, hasPast, penalty } from './anchors';
import { strategy } from './strategy';

/**
 * Synaptic intelligence (Zenke, Poole & Ganguli, "Continual Learning Through Synaptic Intelligence", ICML 2017): while it
 * trains, each weight adds up how much of the loss's fall it brought about. Afterwards it is held near its value by that.
 *
 *   loss = CE(new rows) + strength · Σ Ω (w - w*)²        w* the weights that the training began with
 *   ω   += -g · Δw                                        in each step: g the gradient without the penalty, Δw the change
 *   Ω   += ω / ((w - w*)² + damping)                      at the end
 *
 * A version carries Ω, one number a weight.
 *
 * @param strength the paper's c (default 10; good values lie anywhere between 0.1 and 50,000, by the loss's scale)
 * @param damping the paper's ξ, which bounds Ω where a weight hardly moved (default 0.1)
 */
export const si = strategy(
  'si',
  z.strictObject({
    strength: z.number().min(0).max(1e9).default(10),
    damping: z.number().min(1e-9).max(1e3).default(0.1),
  }),
  ({ strength, damping }) => ({
    begin: (session) => {
      byWeight(session, 'path');
      byWeight(session, 'before', (weight) => weight.clone());
      byWeight(session, 'anchor', (weight) => weight.clone());
      byWeight(session, 'importance');
    },
    loss: (step) => {
      const { logits, batch, crossEntropy, weights } = step;
      const loss = crossEntropy(logits(batch.x), batch.y);
      return hasPast(step) ? loss.add(penalty(weights, byWeight(step, 'anchor'), byWeight(step, 'importance')).mul(strength)) : loss;
    },
    after: (step, gradients) => {
      const [path, before, anchor, importance] = ['path', 'before', 'anchor', 'importance'].map((what) => byWeight(step, what));
      for (const [name, weight] of Object.entries(step.weights)) {
        // The gradient held the penalty's, whose derivative is known: cheaper than another backward pass.
        const held = before![name]!.sub(anchor![name]!).mul(importance![name]!).mul(2 * strength);
        const gradient = hasPast(step) ? gradients[name]!.sub(held) : gradients[name]!;
        path![name]!.assign(path![name]!.sub(gradient.mul(weight.sub(before![name]!))));
        before![name]!.assign(weight.clone());
      }
    },
    end: (session) => {
      const [path, anchor, importance] = ['path', 'anchor', 'importance'].map((what) => byWeight(session, what));
      tf.tidy(() => {
        for (const [name, weight] of Object.entries(session.weights)) {
          const moved = weight.sub(anchor![name]!).square().add(damping);
          importance![name]!.assign(importance![name]!.add(path![name]!.div(moved)));
        }
      });
      ['path', 'before', 'anchor'].forEach((what) => drop(session, what));
    },
  }),
);
