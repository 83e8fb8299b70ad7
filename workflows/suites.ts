import type { Evaluation, Pipeline, SnapshotRef, Suite } from '../contracts';
import { heldOutRange } from '../contracts/held-out';
import type { ChampionRef } from '../activities/types';

/**
 * The suites that go on with a new champion: those kept so far with their best figures, and its own held-out rows. The
 * oldest retire first, and those that the person who approved named.
 */
export function nextSuites(
  pipeline: Pipeline,
  champion: Pick<ChampionRef, 'suites'> | null,
  evaluation: Evaluation,
  snapshot: SnapshotRef,
  version: string,
  retire: string[],
): Suite[] {
  const measured = new Map(evaluation.suites.map((suite) => [suite.name, suite.challenger]));
  const kept = (champion?.suites ?? [])
    .filter((suite) => !retire.includes(suite.name))
    .map((suite) => ({ ...suite, best: Math.max(suite.best, measured.get(suite.name) ?? 0) }));
  const own: Suite = {
    name: version,
    snapshot: snapshot.digest,
    rows: heldOutRange(snapshot.rows, pipeline.gates.holdout),
    best: evaluation.fresh.challenger,
  };
  return pipeline.gates.suites === 0 ? [] : [...kept, own].slice(-pipeline.gates.suites);
}
