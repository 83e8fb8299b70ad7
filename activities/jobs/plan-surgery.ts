import { heldOutRange, InvalidInput, type SurgerySummary } from '../../contracts';
import type { PlanSurgeryInput } from '../types';
import type { JobContext } from './context';
import { loadSnapshot, loadVersion, prepare } from './load';
import { keepSurgery, rehearse } from './operate';
import { propose } from './propose';

/**
 * Plans the surgery that makes the champion fit the pipeline and its rows, and tries it out on real rows. The plan is kept
 * under the digest of its content: repeating the step finds the same.
 */
export async function planSurgery(input: PlanSurgeryInput, { registry }: JobContext): Promise<SurgerySummary> {
  const { pipeline: name, snapshot } = input;
  const { version } = input.champion;
  const { pipeline } = await prepare(registry, input);
  const { learner } = await loadVersion(registry, name, version);
  try {
    const table = await loadSnapshot(registry, snapshot.digest);
    const range = { from: 0, to: heldOutRange(table.rows, pipeline.gates.holdout).from };
    const proposal = await propose(pipeline, learner, table, range);
    if (!proposal) throw new InvalidInput(`${name} ${version} fits the pipeline and its rows: there is nothing to operate on`);
    return await keepSurgery(registry, await rehearse(pipeline, { version, learner }, proposal, table, range));
  } finally {
    learner.model.dispose();
  }
}
