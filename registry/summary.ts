import { compareVersions, type Store, type TrainingMode } from '../contracts';
import { history } from './aliases';
import { mapSome } from './documents';
import { keys, versionOf } from './keys';
import { reservation, reservedVersions } from './reservations';

/** champion: serves · past: has served · candidate: complete · refused · withdrawn: never again · reserved: a number only. */
export type VersionState = 'champion' | 'past' | 'candidate' | 'refused' | 'withdrawn' | 'reserved';
export interface VersionSummary {
  version: string;
  state: VersionState;
  /** When the number was reserved. */
  created: string;
  mode: TrainingMode;
  parent: string | null;
}

export async function versions(store: Store, pipeline: string): Promise<VersionSummary[]> {
  const marks = async (prefix: string) => new Set((await store.list(prefix)).map(versionOf));
  const [taken, published, refused, withdrawn, moves] = await Promise.all([
    reservedVersions(store, pipeline),
    publishedVersions(store, pipeline),
    marks(keys.refusals(pipeline)),
    marks(keys.withdrawals(pipeline)),
    history(store, pipeline),
  ]);
  const served = new Set(moves.map((move) => move.to));
  const stateOf = (version: string): VersionState => {
    if (moves.at(-1)?.to === version) return 'champion';
    if (withdrawn.has(version)) return 'withdrawn';
    if (served.has(version)) return 'past';
    if (refused.has(version)) return 'refused';
    return published.has(version) ? 'candidate' : 'reserved';
  };
  const reservations = await mapSome(taken.sort(compareVersions), (version) => reservation(store, pipeline, version));
  return reservations
    .filter((one) => one !== null)
    .map(({ version, at, mode, parent }) => ({ version, state: stateOf(version), created: at, mode, parent }));
}

async function publishedVersions(store: Store, pipeline: string): Promise<Set<string>> {
  const prefix = keys.versions(pipeline);
  const found = (await store.list(prefix)).filter((key) => key.endsWith('/manifest.json') && key.split('/').length === 4);
  return new Set(found.map((key) => key.slice(prefix.length).split('/')[0]!));
}
