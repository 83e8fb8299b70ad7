import { z } from 'zod';
import { strategy } from './strategy';

/**
 * Greedy sampler and dumb learner (Prabhu, Torr & Dokania, "GDumb: A Simple Approach that Questions Our Progress in Continual
 * Learning", ECCV 2020): keeps some rows of each class, and trains a new model on nothing but them. A row that may not be
 * kept (private) is not learned from.
 *
 * @param memory rows kept, every class with an equal share (default 2000)
 * @example
 * learning: { strategy: { name: gdumb, memory: 4400 }, scratchEpochs: 30, batch: 16 }
 */
export const gdumb = strategy('gdumb', z.strictObject({ memory: z.number().int().min(1).max(10_000_000).default(2000) }), ({ memory }) => ({
  fresh: true,
  rows: 'memory',
  memory: { rows: memory, sampling: 'class-balanced', draws: [] },
  loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
}));
