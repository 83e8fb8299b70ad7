import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { herd } from './herding';
import { classifyByMeans, unitFeatures } from './nearest-mean';
import { strategy, type Rows, type Session } from './strategy';

const rowsAtOnce = 512;

/**
 * iCaRL (Rebuffi et al., "iCaRL: Incremental Classifier and Representation Learning", CVPR 2017): features are learned by
 * one binary classifier a class, with the previous model's answers as the targets of the old classes; rows are
 * classified by the nearest mean of the exemplars' features; exemplars are those whose mean is closest to their class's.
 *
 * loss = mean over new and old rows of the sum over the classes so far of BCE(logit, target)
 * target = sigmoid(previous logit / temperature) for classes of earlier trainings, else 1 for the row's class and 0; in the paper
 * no class comes again, here a new row of one that does has its own say about all classes of this training
 *
 * Between trainings the model's head holds the means, and the trained head waits in the state; another strategy that goes
 * on from such a version begins with the means. A class all of whose rows are private has no exemplars and is never chosen.
 *
 * @param memory exemplars kept, every class with an equal share (default 2000)
 * @param temperature softens the targets of the old classes: 1 in the paper, 2 in van de Ven et al. 2022 (default 2)
 * @example
 * learning: { strategy: { name: icarl, memory: 1000 } }
 */
export const icarl = strategy(
  'icarl',
  z.strictObject({
    memory: z.number().int().min(1).max(10_000_000).default(2000),
    temperature: z.number().gt(0).max(100).default(2),
  }),
  ({ memory, temperature }) => ({
    previous: true,
    memory: { rows: memory, sampling: 'ranked' },
    begin: (session) => {
      const { state, seen } = session;
      for (const [name, variable] of trainedHead(session)) {
        const trained = state.get(name);
        if (trained) variable.assign(trained);
        else state.set(name, tf.tidy(() => variable.clone().variable(false)));
      }
      const here = new Set(labelsOf(session));
      const note = (what: string, holds: (rows: number, label: number) => boolean) => {
        state.get(what)?.dispose();
        state.set(what, tf.tidy(() => tf.tensor1d(seen.map((rows, label) => (holds(rows, label) ? 1 : 0))).variable(false)));
      };
      note('classes', (rows, label) => rows > 0 || here.has(label));
      note('absent', (_, label) => !here.has(label));
    },
    loss: (session) => {
      const { logits, batch, past, previousFeatures, seen, state } = session;
      const x = past ? tf.concat([batch.x, past.x]) : batch.x;
      const y = past ? tf.concat([batch.y, past.y]) : batch.y;
      let target: tf.Tensor = tf.oneHot(y, seen.length).toFloat();
      if (previousFeatures) {
        const [kernel, bias] = trainedHead(session).map(([name]) => state.get(name)!);
        const answers = previousFeatures(x).matMul<tf.Tensor2D>(kernel!).add(bias!).div(temperature).sigmoid();
        const earlier = tf.tensor1d(seen.map((rows) => (rows > 0 ? 1 : 0)));
        const rowsOf = (mask: tf.Tensor, { y }: Rows) => tf.ones([y.shape[0], 1]).mul(mask);
        const of = [rowsOf(earlier.mul(state.get('absent')!), batch), ...(past ? [rowsOf(earlier, past)] : [])];
        const old = tf.concat(of);
        target = answers.mul(old).add(target.mul(tf.scalar(1).sub(old)));
      }
      const z = logits(x);
      const each = z.softplus().sub(z.mul(target));
      return each.mul(state.get('classes')!).sum().div(y.shape[0]);
    },
    rank: async (session) => {
      const { rows, seen, state, features } = session;
      const labels = labelsOf(session);
      const share = Math.ceil(memory / state.get('classes')!.dataSync<'float32'>().reduce((sum, known) => sum + known, 0));
      const ranks = new Float32Array(labels.length).fill(Infinity);
      for (const label of seen.keys()) {
        const own = labels.flatMap((other, row) => (other === label && !rows.private?.[row] ? [row] : []));
        if (own.length === 0) continue;
        const found = portions(own).flatMap((part) => tf.tidy(() => [...unitFeatures(features(rows.take(part).x)).dataSync()]));
        (await herd(Float32Array.from(found), found.length / own.length, share)).forEach((rank, i) => (ranks[own[i]!] = rank));
      }
      return ranks;
    },
    end: async (session) => {
      for (const [name, variable] of trainedHead(session)) session.state.get(name)!.assign(variable);
      await classifyByMeans(session);
    },
  }),
);

/** The head's kernel and bias, by the names under which they wait in the state. */
const trainedHead = ({ head, weights }: Session): [string, tf.Variable][] =>
  Object.entries(weights).flatMap(([name, variable]) => (variable === head.kernel || variable === head.bias ? [[`head/${name}`, variable]] : []));

const labelsOf = ({ rows }: Session): number[] => portions([...Array(rows.count).keys()]).flatMap((part) => tf.tidy(() => [...rows.take(part).y.dataSync()]));

const portions = (rows: number[]): Int32Array[] =>
  Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, i) => Int32Array.from(rows.slice(i * rowsAtOnce, (i + 1) * rowsAtOnce)));
