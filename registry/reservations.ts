import { z } from 'zod';
import {
  UnknownVersion, compareVersions, parseVersion, pipelineName, runReference, trainingMode, versionName, type RunReference, type Store, type TrainingMode,
  type VersionParts,
} from '../contracts';
import { mapSome, readDocument, settle } from './documents';
import { keys, versionOf } from './keys';
import { withdrawn } from './marks';

const reservationSchema = z.strictObject({
  format: z.literal(1),
  pipeline: pipelineName,
  version: versionName,
  mode: trainingMode,
  parent: versionName.nullable(),
  run: runReference,
  at: z.iso.datetime(),
});
/** A version number that belongs to a run, and what the run meant to make of it. */
export type Reservation = z.output<typeof reservationSchema>;

export interface ReserveRequest {
  mode: TrainingMode;
  /** The version that the new one follows; null for a pipeline's first. */
  parent: string | null;
  /** A training from scratch of another network than the parent's. */
  newArchitecture?: boolean;
  /** A new model by a strategy that goes on from the parent in other ways: its memory, its rows, its answers. */
  newModel?: boolean;
  run: RunReference;
}
type Numbering = Pick<ReserveRequest, 'mode' | 'parent' | 'newArchitecture' | 'newModel'>;

export async function reserve(store: Store, pipeline: string, request: ReserveRequest): Promise<string> {
  for (;;) {
    // One listing answers both questions. With two, the run's earlier attempt could reserve between them.
    const taken = (await reservedVersions(store, pipeline)).sort(compareVersions);
    const own = await ownReservation(store, pipeline, taken, request);
    if (own !== null) return own;
    await checkParent(store, pipeline, taken, request.parent);
    const version = nextVersion(taken, request);
    const { mode, parent, run } = request;
    const wanted: Reservation = { format: 1, pipeline, version, mode, parent, run, at: new Date().toISOString() };
    const standing = await settle(store, keys.reservation(pipeline, version), wanted, reservationSchema);
    if (sameRun(standing.run, request.run)) return version;
  }
}

export const reservation = (store: Store, pipeline: string, version: string): Promise<Reservation | null> =>
  readDocument(store, keys.reservation(pipeline, version), reservationSchema);

/** All version numbers of a pipeline that somebody ever reserved, in no order. */
export async function reservedVersions(store: Store, pipeline: string): Promise<string[]> {
  return (await store.list(keys.reservations(pipeline))).map(versionOf).filter((version) => version !== null);
}

export const sameRun = (a: RunReference, b: RunReference): boolean => a.workflowId === b.workflowId && a.runId === b.runId;

/**
 * The next number: `stateful` 1.2.3 → the smallest free 1.2.u, u > 3; `stateless`, and a new model by a stateful
 * strategy, → 1.(highest full + 1).0, and of a new architecture a.1.0; `surgery` → a.0.0, where a is the highest
 * architecture + 1; first of all 1.1.0.
 */
export function nextVersion(taken: string[], request: Numbering): string {
  if (isUpdate(request)) {
    const { architecture, full, update } = parseVersion(request.parent);
    let next = update + 1;
    while (taken.includes(`${architecture}.${full}.${next}`)) next++;
    return `${architecture}.${full}.${next}`;
  }
  if (beginsArchitecture(request)) return `${highestArchitecture(taken) + 1}.${request.mode === 'surgery' ? 0 : 1}.0`;
  const architecture = architectureOf(taken, request.parent);
  const fulls = taken.map(parseVersion).filter((parts) => parts.architecture === architecture);
  return `${architecture}.${Math.max(0, ...fulls.map((parts) => parts.full)) + 1}.0`;
}

/** The number that an earlier attempt of the same run reserved; only those that this request could have led to are read. */
async function ownReservation(store: Store, pipeline: string, taken: string[], request: ReserveRequest): Promise<string | null> {
  const possible = taken.filter((version) => couldFollow(parseVersion(version), request, architectureOf(taken, request.parent)));
  const found = await mapSome(possible, (version) => reservation(store, pipeline, version));
  return found.find((one) => one !== null && sameRun(one.run, request.run))?.version ?? null;
}

function couldFollow(version: VersionParts, request: ReserveRequest, architecture: number): boolean {
  const { mode, parent } = request;
  if (beginsArchitecture(request)) return version.architecture > architecture && version.full === (mode === 'surgery' ? 0 : 1) && version.update === 0;
  if (version.architecture !== architecture) return false;
  const before = parent === null ? null : parseVersion(parent);
  if (isUpdate(request) && before) return version.full === before.full && version.update > before.update;
  return version.update === 0 && version.full > (before?.full ?? 0);
}

const isUpdate = (request: Numbering): request is Numbering & { parent: string } => request.mode === 'stateful' && request.parent !== null && !request.newModel;

const beginsArchitecture = ({ mode, parent, newArchitecture = false }: Numbering): boolean =>
  parent !== null && (mode === 'surgery' || newArchitecture);

const highestArchitecture = (taken: string[]): number => Math.max(1, ...taken.map((version) => parseVersion(version).architecture));

const architectureOf = (taken: string[], parent: string | null): number =>
  parent === null ? highestArchitecture(taken) : parseVersion(parent).architecture;

async function checkParent(store: Store, pipeline: string, taken: string[], parent: string | null): Promise<void> {
  if (parent === null) return;
  if (!taken.includes(parent)) throw new UnknownVersion(`parent ${parent} is not a version of ${pipeline}; see: continual versions ${pipeline}`);
  if (await withdrawn(store, pipeline, parent)) {
    throw new UnknownVersion(`parent ${parent} of ${pipeline} has been withdrawn and cannot be continued from; start a new run, which begins from the champion`);
  }
}
