import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { rivals } from '../losses';
import { strategy, type Session } from './strategy';

/**
 * Knowledge distillation (Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015): where weights
 * cannot go over to a new model, answers can. A new model learns the rows' classes, and what the champion says of the same
 * rows; its softened probabilities tell more of a row than its class does.
 *
 * loss = (1 - weight) · CE(rows) + weight · T² · mean over rows of -Σ_c teacher_c · log student_c
 *
 * rows are the new ones and as many of the memory; teacher = softmax(champion's logits / T), student = softmax(logits / T)
 * over the classes that the champion knows, so that it has no say about new ones; where there are heads, over those of the row's
 * own. T² keeps the gradients' size whatever T is. The champion sees each row by its own features, whatever columns it knew.
 * Without a champion only CE is left.
 *
 * @param temperature T (default 2)
 * @param weight of the champion's answers, 0..1 (default 0.5)
 * @param memory rows kept, all alike (reservoir), so that the champion is asked about the past too; 0 keeps none: distillation
 *   without the old data (default 2000)
 * @param start scratch: a new model, whatever there is · parent: the parent as it is, such as an operated champion
 *   (default scratch)
 * @example
 * learning: { strategy: { name: distil, temperature: 2, weight: 0.7 } }
 */
export const distil = strategy(
  'distil',
  z.strictObject({
    temperature: z.number().min(0.1).max(100).default(2),
    weight: z.number().min(0).max(1).default(0.5),
    memory: z.number().int().min(0).max(10_000_000).default(2000),
    start: z.enum(['scratch', 'parent']).default('scratch'),
  }),
  ({ temperature, weight, memory, start }) => ({
    fresh: start === 'scratch',
    previous: true,
    ...(memory > 0 ? { memory: { rows: memory, sampling: 'reservoir' as const } } : {}),
    loss: ({ logits, batch, past, previous, crossEntropy, heads }) => {
      const x = past ? tf.concat([batch.x, past.x]) : batch.x;
      const y = past ? tf.concat([batch.y, past.y]) : batch.y;
      const now = logits(x);
      const learned = crossEntropy(now, y);
      if (!previous) return learned;
      return learned.mul(1 - weight).add(distance(rivals(previous(x), y, heads), now, temperature, heads).mul(weight));
    },
  }),
);

/** T² times the cross-entropy of the student against the teacher's softened probabilities, over the classes that the teacher gives a chance. */
function distance(teacher: tf.Tensor2D, student: tf.Tensor2D, temperature: number, heads: Session['heads']): tf.Scalar {
  const unknown = teacher.less(-1e8).toFloat();
  const target = teacher.div(temperature).softmax();
  const each = tf.logSoftmax(student.sub(unknown.mul(1e9)).div(temperature)).mul(target);
  // Of a head that is new the teacher knows no class.
  const said = heads ? each.mul(tf.sub(1, unknown.min(1, true))) : each;
  return said.sum().mul(-(temperature ** 2) / teacher.shape[0]);
}
