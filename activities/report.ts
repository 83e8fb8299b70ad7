import type { Move, Profile } from '../contracts';
import { runReport } from '../reports';
import type { LifecycleDependencies, ReportInput } from './types';

/** Writes the run's page and its data into the store; made anew when repeated. Returns the page's key. */
export const report = ({ registry }: LifecycleDependencies) => async ({ pipeline, run, result, evidence }: ReportInput): Promise<string> => {
  const key = `reports/${pipeline}/${run.runId}`;
  const profiles = evidence.drift && (JSON.parse(
    Buffer.from(await registry.getBlob('evaluations', evidence.drift.digest, 'json')).toString(),
  ) as { profiles: { before: Profile; now: Profile } }).profiles;
  const page = runReport({
    ...evidence,
    profiles,
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
