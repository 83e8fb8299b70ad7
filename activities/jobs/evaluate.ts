import type { Evaluation, RowRange, Table } from '../../contracts';
import { heldOutRange } from '../../contracts';
import { blockBootstrap, summariseLoss } from '../../drift';
import type { Learner } from '../../learning';
import { accuracy, errors, kappaTemporal, labels, persistence, predict } from '../../learning';
import type { EvaluateInput } from '../types';
import type { JobContext } from './context';
import { loadSnapshot, loadVersion, prepare } from './load';

/** Measures champion and challenger on the same rows: the period's held-out ones, and every kept suite. */
export async function evaluate(input: EvaluateInput, { registry }: JobContext): Promise<Evaluation> {
  const { pipeline: name, version, champion } = input;
  const { pipeline } = await prepare(registry, input);
  const challenger = (await loadVersion(registry, name, version)).learner;
  const opponent = champion && (await loadVersion(registry, name, champion.version)).learner;
  try {
    const table = await loadSnapshot(registry, name, input.snapshot.digest);
    const range = heldOutRange(table.rows, pipeline.gates.holdout);
    const fresh = measure(challenger, table, range);
    const before = opponent && (measure(opponent, table, range));
    const suites = [];
    for (const { name: suite, snapshot, rows, best } of champion?.suites ?? []) {
      const kept = await loadSnapshot(registry, name, snapshot);
      const [now, then] = [measure(challenger, kept, rows), opponent && (measure(opponent, kept, rows))];
      suites.push({ name: suite, rows: rows.to - rows.from, best, challenger: now.accuracy, champion: then && then.accuracy });
    }
    const { confidence } = pipeline.gates;
    const seed = pipeline.learning.seed;
    const last = range.from > 0 ? labels(challenger.features, table, { from: range.from - 1, to: range.from })[0] : undefined;
    return {
      fresh: {
        rows: range.to - range.from,
        champion: before && before.accuracy,
        challenger: fresh.accuracy,
        difference: before && difference(fresh.losses, before.losses, confidence, seed),
      },
      suites,
      loss: summariseLoss(fresh.losses),
      persistence: persistence(fresh.labels, last),
      kappaTemporal: kappaTemporal(fresh.predictions, fresh.labels, last),
      sanity: {
        finite: fresh.finite,
        predicted: new Set(fresh.predictions).size,
        present: new Set(fresh.labels).size,
      },
    };
  } finally {
    challenger.model.dispose();
    opponent?.model.dispose();
  }
}

function measure(learner: Learner, table: Table, range: RowRange) {
  const truth = labels(learner.features, table, range);
  const { predictions, probabilities } = predict(learner.model, learner.features, table, range);
  return {
    labels: truth,
    predictions,
    losses: errors(predictions, truth),
    accuracy: accuracy(predictions, truth),
    finite: probabilities.every(Number.isFinite),
  };
}

/** The paired difference in error rate, row by row, and its bounds: neighbouring rows are alike, so blocks are drawn. */
function difference(challenger: Float64Array, champion: Float64Array, confidence: number, seed: number) {
  const { mean, lower, upper } = blockBootstrap(challenger.map((loss, i) => loss - champion[i]!), { confidence, seed });
  return { estimate: mean, lower, upper };
}
