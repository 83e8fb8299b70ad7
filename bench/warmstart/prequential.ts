import type { BackendFacts, RowRange } from '../../contracts';
import { accuracy, encode, fitFeatures, kappaTemporal, labels, learn, persistence, predict, train, updateFeatures, type Learner, type TrainingResult } from '../../learning';
import { windowPeriods, type Policy } from './policies';
import type { Stream } from './streams';

export interface Outcome {
  /** Accuracy in each period, judged before anything was trained on it; and over all rows. */
  periods: number[];
  accuracy: number;
  kappaTemporal: number;
  /** All updates after the first version, encoding and the memory included: processor time, which other load hardly touches, and wall time. */
  cpuSeconds: number;
  seconds: number;
  /** Rows that went through a step. */
  rows: number;
}

/** One policy on one stream: every period is judged by the model so far, and only then trained on. */
export async function prequential(stream: Stream, policy: Policy, seed: number, backend: BackendFacts): Promise<Outcome> {
  const { table, periods } = stream;
  const done = { periods: [] as number[], cpuSeconds: 0, seconds: 0, rows: 0 };
  const guesses: number[] = [];
  let { learner } = await firstVersion(stream, policy, seed, backend);
  for (const [i, period] of periods.entries()) {
    const { predictions } = predict(learner.model, learner.features, table, period);
    done.periods.push(accuracy(predictions, labels(learner.features, table, period)));
    guesses.push(...predictions);
    if (policy.epochs === 0 || i === periods.length - 1) continue;
    const began = { wall: performance.now(), cpu: process.cpuUsage() };
    const update = await updated(stream, policy, learner, i, seed, backend);
    const { user, system } = process.cpuUsage(began.cpu);
    done.cpuSeconds += (user + system) / 1e6;
    done.seconds += (performance.now() - began.wall) / 1000;
    done.rows += update.rowsTouched;
    learner.model.dispose();
    ({ learner } = update);
  }
  const from = periods[0]!.from;
  const [before, ...truth] = labels(learner.features, table, { from: from - 1, to: periods.at(-1)!.to });
  learner.model.dispose();
  return { ...done, accuracy: accuracy(guesses, truth), kappaTemporal: kappaTemporal(guesses, truth, before) };
}

/** Accuracy of repeating the last label over all periods. */
export function baseline({ pipeline, table, periods }: Stream): number {
  const features = fitFeatures({ label: pipeline.label.column, exclude: [], cycles: [], scaler: 'running' }, table);
  const [before, ...truth] = labels(features, table, { from: periods[0]!.from - 1, to: periods.at(-1)!.to });
  return persistence(truth, before);
}

/** Trained with the pipeline's defaults, from the same rows and weights for all policies; the default averages its steps' weights. */
async function firstVersion(stream: Stream, policy: Policy, seed: number, backend: BackendFacts): Promise<TrainingResult> {
  const { pipeline, table, periods } = stream;
  const strategy = { name: policy.strategy, options: {} };
  return train({ pipeline: { ...pipeline, learning: { ...pipeline.learning, strategy, seed } }, table, range: { from: 0, to: periods[0]!.from }, parent: null, backend });
}

async function updated(stream: Stream, policy: Policy, parent: Learner, period: number, seed: number, backend: BackendFacts): Promise<TrainingResult> {
  const { pipeline, table, periods } = stream;
  const { strategy, epochs } = policy;
  const learning = { ...pipeline.learning, strategy: { name: strategy, options: {} }, seed, epochs, scratchEpochs: epochs };
  const ended = periods[period]!;
  const length = ended.to - ended.from;
  const first = { new: ended.from, window: Math.max(0, ended.to - windowPeriods * length), all: 0 }[policy.rows];
  const range: RowRange = { from: first, to: ended.to };
  if (policy.rows !== 'all' || strategy === 'joint') return train({ pipeline: { ...pipeline, learning }, table, range, parent, backend });
  // The columns' statistics have seen the old rows already: only the new ones move them.
  const features = updateFeatures(parent.features, table, ended);
  return learn({ model: pipeline.model, learning, rows: { features, encoded: encode(features, table, range), y: labels(features, table, range) }, parent, backend });
}
