import type { DriftReport, Move, Profile, SurgerySummary } from '../contracts';
import type { BlobKind } from '../registry';
import { runReport } from '../reports';
import type { LifecycleDependencies, ReportInput } from './types';

/** Writes the run's page and its data into the store; made anew when repeated. Returns the page's key. */
export const report = ({ registry }: LifecycleDependencies) => async ({ pipeline, run, result, evidence }: ReportInput): Promise<string> => {
  const key = `reports/${pipeline}/${run.runId}`;
  const read = async <T>(kind: BlobKind, digest: string) => JSON.parse(Buffer.from(await registry.getBlob(kind, digest, 'json')).toString()) as T;
  // A history holds some of the columns and of the plan; the page shows all.
  const drift = evidence.drift && (await read<{ report: DriftReport; profiles: { before: Profile; now: Profile } }>('evaluations', evidence.drift.digest));
  const plan = evidence.surgery && (await read<{ plan: Pick<SurgerySummary, 'variables' | 'warnings'> }>('surgeries', evidence.surgery.digest)).plan;
  const page = runReport({
    ...evidence,
    ...(evidence.surgery && plan ? { surgery: { ...evidence.surgery, variables: plan.variables, warnings: plan.warnings } } : {}),
    ...(drift ? { drift: { ...evidence.drift!, columns: drift.report.columns }, profiles: drift.profiles } : {}),
    versions: freshAccuracies(await registry.history(pipeline)),
    at: new Date().toISOString(),
  });
  await registry.store.put(`${key}.json`, Buffer.from(JSON.stringify({ run, result, evidence })));
  await registry.store.put(`${key}.html`, Buffer.from(page));
  return `${key}.html`;
};

/** What each champion reached on its own held-out rows, oldest first. */
function freshAccuracies(moves: Move[]): { version: string; accuracy: number }[] {
  return moves
    .filter((move) => move.kind === 'promotion')
    .flatMap((move) => move.suites.filter((suite) => suite.name === move.to).map((suite) => ({ version: move.to, accuracy: suite.best })));
}
