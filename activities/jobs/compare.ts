import type { ColumnDrift, Pipeline, Profile, Table } from '../../contracts';
import { heldOutRange } from '../../contracts';
import { compareLoss, compareTables, poolLosses, profileTable, summariseLoss } from '../../drift';
import type { CompareInput, DriftSummary } from '../types';
import type { JobContext } from './context';
import { loadSnapshot, loadVersion, prepare } from './load';
import { classesOf, measure } from './measure';
import { beginsAnew, propose, strategyOf } from './propose';

const columnsShown = 10;
/** Of a column of ids every value is new. */
const categoriesShown = 10;
const nameShown = 80;

/**
 * How the new rows differ from what the champion knew, what that did to its loss on their labels, and whether its shape
 * still fits: columns, levels, classes, and the network that the pipeline names.
 */
export async function compare(input: CompareInput, { registry }: JobContext): Promise<DriftSummary> {
  const { pipeline: name, snapshot, champion } = input;
  const { pipeline } = await prepare(registry, input);
  const { manifest, learner } = await loadVersion(registry, name, champion.version);
  try {
    const table = await loadSnapshot(registry, snapshot.digest);
    const { label } = learner.features;
    const before = known(JSON.parse(Buffer.from(await registry.readFile(manifest, 'profile.json')).toString()) as Profile, table, pipeline);
    const { losses } = measure(learner, table, { from: 0, to: table.rows }, classesOf(table, label, learner.features));
    const loss = champion.losses.length > 0 ? compareLoss(poolLosses(champion.losses), losses) : null;
    const report = compareTables(before, table, label, loss);
    const document = { report, profiles: { before, now: profileTable(table) } };
    const digest = await registry.putBlob('evaluations', Buffer.from(JSON.stringify(document)), 'json');
    const columns = report.columns
      .toSorted((a, b) => Number(b.firstVariation) - Number(a.firstVariation) || b.effect.value / b.effect.threshold - a.effect.value / a.effect.threshold)
      .slice(0, columnsShown)
      .map(abridged);
    const proposal = await propose(pipeline, learner, table, { from: 0, to: heldOutRange(table.rows, pipeline.gates.holdout).from });
    const shape = proposal && { because: proposal.because, model: proposal.plan.changes.model, anew: beginsAnew(pipeline, proposal.plan.changes.model) };
    return {
      ...report, columns, compared: report.columns.length, labelColumn: abridged(report.labelColumn), observed: summariseLoss(losses), digest,
      ...(shape ? { shape } : {}), ...(strategyOf(pipeline).fresh ? { newModel: true } : {}),
    };
  } finally {
    learner.model.dispose();
  }
}

const abridged = (column: ColumnDrift): ColumnDrift => ({ ...column, newCategories: column.newCategories.slice(0, categoriesShown).map((name) => name.slice(0, nameShown)) });

/**
 * The columns that the rows still have, of their kind: one that is gone is a matter of the model's shape, not of drift. Nor is
 * it drift where a column moves that the model does not see.
 */
const known = (profile: Profile, { columns }: Table, { features, label }: Pipeline): Profile =>
  Object.fromEntries(Object.entries(profile).filter(([name, { kind }]) => columns[name]?.kind === kind && (name === label.column || !features.exclude.includes(name))));
