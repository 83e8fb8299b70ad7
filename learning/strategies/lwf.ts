import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { hasPast } from './anchors';
import { strategy, type Session } from './strategy';

/**
 * Learning without forgetting (Li & Hoiem, ECCV 2016): on the new rows, the model shall go on saying of the old classes
 * what the champion says. No row of the past is needed, and nothing is carried: the champion is the teacher.
 *
 * loss = CE(new rows) + importance · KD,   KD = T² · mean over rows of -Σ_c teacher_c · log student_c
 *
 * teacher = softmax(champion's logits / T) over the classes that the lineage has learned from; student = softmax(logits / T)
 * over all classes. Where there are heads, KD is the mean over the heads with such classes, each with softmaxes of its own.
 *
 * T² keeps the gradients' size whatever T is (Hinton et al. 2015); van de Ven et al. 2022 leave it out: importance 1/T².
 *
 * @param temperature T (default 2)
 * @param importance λ of the paper (default 1)
 * @param balance equal: both terms in full (Li & Hoiem) · trainings: in the lineage's t-th training by this strategy they
 *   count 1/t and 1 - 1/t, as there are t - 1 old tasks (van de Ven & Tolias 2019). Default equal
 */
export const lwf = strategy(
  'lwf',
  z.strictObject({
    temperature: z.number().min(0.1).max(100).default(2),
    importance: z.number().min(0).max(1e6).default(1),
    balance: z.enum(['equal', 'trainings']).default('equal'),
  }),
  ({ temperature, importance, balance }) => ({
    previous: true,
    begin: ({ state, seen }) => {
      if (balance === 'trainings' && !state.has('trainings')) state.set('trainings', tf.tidy(() => tf.scalar(hasPast({ seen }) ? 1 : 0).variable(false)));
    },
    loss: (step) => {
      const { logits, batch, previous, crossEntropy, state } = step;
      const now = logits(batch.x);
      const learned = crossEntropy(now, batch.y);
      if (!previous || !hasPast(step)) return learned;
      const kept = distillation(previous(batch.x), now, step, temperature).mul(importance);
      if (balance === 'equal') return learned.add(kept);
      const share = tf.div(1, state.get('trainings')!.add(1));
      return learned.mul(share).add(kept.mul(tf.sub(1, share)));
    },
    end: ({ state }) => tf.tidy(() => state.get('trainings')?.assign(state.get('trainings')!.add(1))),
  }),
);

/** Cross-entropy of the student against the teacher's softened probabilities of the old classes, by head. */
function distillation(teacher: tf.Tensor2D, student: tf.Tensor2D, { seen, heads }: Session, temperature: number): tf.Scalar {
  const classes = seen.map((_, c) => c);
  const groups = (heads ?? [classes]).filter((group) => group.some((c) => seen[c]! > 0));
  const among = (logits: tf.Tensor2D, candidate: (c: number) => boolean) => logits.add(tf.tensor1d(classes.map((c) => (candidate(c) ? 0 : -1e9)))).div(temperature);
  const terms = groups.map((group) => {
    const target = among(teacher, (c) => group.includes(c) && seen[c]! > 0).softmax();
    return tf.logSoftmax(among(student, (c) => group.includes(c))).mul(target).sum();
  });
  return tf.addN(terms).mul(-(temperature ** 2) / (groups.length * student.shape[0]));
}
