import type { Evaluation } from '../../contracts';
import { heldOutRange } from '../../contracts';
import { blockBootstrap, summariseLoss } from '../../drift';
import { kappaTemporal, labels, persistence } from '../../learning';
import type { EvaluateInput } from '../types';
import type { JobContext } from './context';
import { loadSnapshot, loadVersion, prepare } from './load';
import { classesOf, difference, measure } from './measure';

/** Measures champion and challenger on the same rows: the period's held-out ones, and every kept suite. */
export async function evaluate(input: EvaluateInput, { registry }: JobContext): Promise<Evaluation> {
  const { pipeline: name, version, champion } = input;
  const { pipeline } = await prepare(registry, input);
  const challenger = (await loadVersion(registry, name, version)).learner;
  const opponent = champion && (await loadVersion(registry, name, champion.version)).learner;
  try {
    const table = await loadSnapshot(registry, input.snapshot.digest);
    const range = heldOutRange(table.rows, pipeline.gates.holdout);
    const { label } = challenger.features;
    const classes = classesOf(table, label, challenger.features, opponent?.features);
    const fresh = measure(challenger, table, range, classes);
    const before = opponent && measure(opponent, table, range, classes);
    const suites = [];
    const { confidence, suites: most } = pipeline.gates;
    const { seed } = pipeline.learning;
    const held = most === 0 ? [] : (champion?.suites ?? []).slice(-most);
    for (const { name: suite, snapshot, rows, best } of held) {
      const kept = await loadSnapshot(registry, snapshot);
      const known = classesOf(kept, label, challenger.features, opponent?.features);
      const [now, then] = [measure(challenger, kept, rows, known), opponent && measure(opponent, kept, rows, known)];
      const { lower } = blockBootstrap(now.losses, { confidence, seed });
      suites.push({ name: suite, rows: rows.to - rows.from, best, challenger: now.accuracy, upper: 1 - lower, champion: then && then.accuracy });
    }
    const last = range.from > 0 ? labels({ ...challenger.features, classes }, table, { from: range.from - 1, to: range.from })[0] : undefined;
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
