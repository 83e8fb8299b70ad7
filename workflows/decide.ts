import type { Action, Pipeline, SnapshotRef } from '../contracts';
import { parseVersion } from '../contracts/names';
import type { ChampionRef, DriftSummary } from '../activities/types';

export interface Circumstances {
  pipeline: Pipeline;
  snapshot: Pick<SnapshotRef, 'rows' | 'last' | 'read' | 'quarantined'>;
  champion: Pick<ChampionRef, 'version' | 'cursor' | 'updates'> | null;
  drift: Pick<DriftSummary, 'fired' | 'because' | 'shape'> | null;
}

/** What to do with the new rows, and why, in words. Pure: the same circumstances give the same decision. */
export function decide({ pipeline, snapshot, champion, drift }: Circumstances): { action: Action; because: string } {
  const { retrain, learning } = pipeline;
  const aside = Object.entries(snapshot.quarantined).map(([reason, rows]) => `${reason} (${rows})`);
  if (snapshot.rows === 0 && aside.length > 0) return skip(`none of the ${count(snapshot.read, 'row')} read can be used: ${aside.join(', ')}`);
  if (snapshot.rows === 0) return skip(champion ? `no new rows since ${champion.cursor}` : 'the source has no rows yet');
  if (snapshot.rows < retrain.minimumRows)
    return skip(`${count(snapshot.rows, 'new row')}, fewer than the ${retrain.minimumRows} that a training needs (retrain.minimumRows); they come again`);
  if (!champion) return { action: 'stateless', because: 'there is no champion yet: the first version is trained from scratch' };

  if (drift?.shape) {
    const because = drift.shape.because.join('; ');
    if (learning.mode === 'stateless') return { action: 'stateless', because: `${because}; the pipeline trains from scratch each time` };
    if (drift.shape.anew) return { action: 'stateless', because: `${because}; the strategy ${learning.strategy.name} begins with a new model here` };
    return { action: 'surgery', because };
  }

  const fired = drift?.fired ? `drift: ${drift.because.join('; ')}` : null;
  if (!retrain.on.includes('new-data') && !fired) return skip('no drift, and new rows alone do not trigger this pipeline (retrain.on)');
  const trigger = (retrain.on.includes('drift') ? fired : null) ?? count(snapshot.rows, 'new row');

  if (learning.mode === 'stateless') return { action: 'stateless', because: `${trigger}; the pipeline trains from scratch each time` };
  const every = statelessEvery(pipeline);
  if (every !== null && (champion.updates ?? parseVersion(champion.version).update) >= every)
    return { action: 'stateless', because: `${trigger}; from scratch again after ${every} updates` };
  return { action: 'stateful', because: trigger };
}

const skip = (because: string) => ({ action: 'skip' as const, because });
const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** `every 12 updates` → 12; `never` → null. */
function statelessEvery(pipeline: Pipeline): number | null {
  const found = /^every (\d+) updates$/.exec(pipeline.retrain.stateless);
  return found ? Number(found[1]) : null;
}
