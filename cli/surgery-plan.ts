import { beginsAnew, carriedOut, loadSnapshot, loadVersion, propose, rehearse } from '../activities/jobs';
import { readRows } from '../activities/source';
import { heldOutRange, InvalidInput, type Pipeline, type SurgeryTransfer } from '../contracts';
import { readSnapshot } from '../data';
import { environmentFor, loadBackend, planText, usesConvolution, type SurgeryCheck, type SurgeryPlan } from '../learning';
import type { Registry } from '../registry';
import { scientific } from '../reports/words';

/** What `continual surgery plan --json` prints. */
export interface PlannedSurgery {
  pipeline: string;
  champion: string;
  newRows: number;
  /** What no longer fits; nothing where all does. */
  because: string[];
  /** null where none is needed. */
  surgery: { plan: SurgeryPlan; check: SurgeryCheck | null; transfer: SurgeryTransfer } | null;
}

/**
 * The surgery that the next run would do, tried out on the rows that came after the champion or, where a run would wait for
 * more of them, on its own.
 * Nothing is written. Loads TensorFlow.
 */
export async function planned(registry: Registry, pipeline: Pipeline): Promise<{ document: PlannedSurgery; text: string }> {
  const { name } = pipeline;
  const move = await registry.champion(name);
  if (!move) throw new InvalidInput(`${name} has no champion yet, so there is nothing to operate on; start a first run with: continual start ${name}`);
  // As a training process has it; TensorFlow reads it when it is loaded.
  for (const [variable, value] of Object.entries(environmentFor(pipeline.model))) process.env[variable] ??= value;
  await loadBackend(pipeline.training.backends, { convolution: usesConvolution(pipeline.model) });
  const { manifest, learner } = await loadVersion(registry, name, move.to);
  try {
    const { rows: newRows, parquet } = await readRows(pipeline, await registry.schema(name), { after: manifest.cursor, until: null });
    const enough = newRows >= pipeline.retrain.minimumRows;
    const table = enough ? await readSnapshot(parquet) : await loadSnapshot(registry, manifest.snapshots.at(-1)!.digest);
    const range = { from: 0, to: heldOutRange(table.rows, pipeline.gates.holdout).from };
    const proposal = await propose(pipeline, learner, table, range);
    const because = proposal?.because ?? [];
    const found = { pipeline: name, champion: move.to, newRows, because };
    const heading = `${name}: champion ${move.to}, ${enough ? `${newRows} rows after ${manifest.cursor}` : `its own rows (${newRows} new ones, a run waits for ${pipeline.retrain.minimumRows})`}`;
    // A changed model alone starts no training: without rows a run is skipped.
    const run = enough ? 'the next run' : `a run with at least ${pipeline.retrain.minimumRows} new rows`;
    const reasons = because.map((reason) => `- ${reason}`);
    if (!proposal) return { document: { ...found, surgery: null }, text: lines(heading, `all fits: ${run} needs no surgery`) };
    if (pipeline.learning.mode === 'stateless' || beginsAnew(pipeline, proposal.plan.changes.model))
      return { document: { ...found, surgery: null }, text: lines(heading, ...reasons, `no surgery: ${run} trains from scratch`) };
    const surgery = await rehearse(pipeline, { version: move.to, learner }, proposal, table, range);
    const { check, transfer } = surgery;
    const plan = carriedOut(surgery);
    const body = check ? [planText(plan).trimEnd(), '', tried(plan, check)] : [...reasons, learnsFrom(transfer)];
    return { document: { ...found, surgery: { plan, check, transfer } }, text: lines(heading, ...body, outlook(pipeline, run)) };
  } finally {
    learner.model.dispose();
  }
}

const lines = (...all: string[]): string => all.join('\n');

function tried({ preserved }: SurgeryPlan, { rows, difference, agreement }: SurgeryCheck): string {
  const others = preserved && agreement < 1 ? '; the other rows answer a new class by its share alone' : '';
  return `tried on ${rows} rows: largest difference of a logit ${scientific(difference)}, equal decisions on ${(100 * agreement).toFixed(1)} %${others}`;
}

const learnsFrom = (transfer: SurgeryTransfer): string =>
  `no weights go over: a new model learns from the rows, and ${transfer === 'distil' ? 'from what the champion says of them' : 'from those that the strategy remembers'}`;

const outlook = ({ surgery }: Pipeline, run: string): string =>
  surgery.approval === 'always'
    ? `${run} does this, trains on, and waits for a person before it promotes (surgery.approval: always)`
    : `${run} does this, trains on, and goes by the gates (surgery.approval: with-gates)`;
