import type { Profile } from '../../contracts';
import { compareLoss, compareTables, poolLosses, profileTable, summariseLoss } from '../../drift';
import { errors, labels, predict } from '../../learning';
import type { CompareInput, DriftSummary } from '../types';
import type { JobContext } from './context';
import { loadSnapshot, loadVersion, prepare } from './load';

const columnsShown = 10;

/** How the new rows differ from what the champion knew, and what that did to its loss on their labels. */
export async function compare(input: CompareInput, { registry }: JobContext): Promise<DriftSummary> {
  const { pipeline, snapshot, champion } = input;
  await prepare(registry, input);
  const { manifest, learner } = await loadVersion(registry, pipeline, champion.version);
  try {
    const table = await loadSnapshot(registry, pipeline, snapshot.digest);
    const before = JSON.parse(Buffer.from(await registry.readFile(manifest, 'profile.json')).toString()) as Profile;
    const { predictions } = predict(learner.model, learner.features, table);
    const losses = errors(predictions, labels(learner.features, table));
    const loss = champion.losses.length > 0 ? compareLoss(poolLosses(champion.losses), losses) : null;
    const report = compareTables(before, table, learner.features.label, loss);
    const document = { report, profiles: { before, now: profileTable(table) } };
    const digest = await registry.putBlob('evaluations', Buffer.from(JSON.stringify(document)), 'json');
    const columns = report.columns
      .toSorted((a, b) => Number(b.firstVariation) - Number(a.firstVariation) || b.effect.value / b.effect.threshold - a.effect.value / a.effect.threshold)
      .slice(0, columnsShown);
    return { ...report, columns, observed: summariseLoss(losses), digest };
  } finally {
    learner.model.dispose();
  }
}
