import { z } from 'zod';
import { InvalidInput, UnknownVersion, check, moveSchema, type LossSummary, type Move, type RunReference, type Store, type Suite } from '../contracts';
import { mapSome, readDocument, settle } from './documents';
import { keys, numberOf } from './keys';
import { sameRun } from './reservations';
import { manifest } from './versions';
import { withdrawn } from './marks';

export interface MoveRequest {
  /** The revision that the caller compared with: the alias moves only if it is still the newest. 0: none yet. */
  after: number;
  kind: 'promotion' | 'rollback';
  to: string;
  /** SHA-256 of the manifest of `to`. */
  digest: string;
  run: RunReference;
  by: string;
  reason: string;
  suites: Suite[];
  losses: LossSummary[];
}
export interface MoveResult {
  moved: boolean;
  /** The caller's own move, or the one that came between. */
  move: Move;
}

export async function champion(store: Store, pipeline: string): Promise<Move | null> {
  const newest = await newestRevision(store, pipeline);
  return newest === 0 ? null : revision(store, pipeline, newest);
}

export async function history(store: Store, pipeline: string): Promise<Move[]> {
  const newest = await newestRevision(store, pipeline);
  const moves = await mapSome(upTo(newest), (number) => revision(store, pipeline, number));
  return moves.filter((move) => move !== null);
}

export async function championAt(store: Store, pipeline: string, time: string): Promise<Move | null> {
  const asked = check(z.strictObject({ time: z.iso.datetime({ offset: true }) }), { time }, 'championAt', { time: '2026-01-31T12:00:00Z' });
  const at = Date.parse(asked.time);
  let [low, high] = [0, await newestRevision(store, pipeline)];
  let found: Move | null = null;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const move = await revision(store, pipeline, middle);
    if (move !== null && Date.parse(move.at) <= at) [low, found] = [middle, move];
    else high = middle - 1;
  }
  return found;
}

export async function move(store: Store, pipeline: string, request: MoveRequest): Promise<MoveResult> {
  const number = request.after + 1;
  const standing = await revision(store, pipeline, number);
  if (standing !== null) return settled(standing, request);

  const before = request.after === 0 ? null : await revision(store, pipeline, request.after);
  if (request.after !== 0 && before === null) {
    throw new InvalidInput(`after ${request.after}: the alias of ${pipeline} has not moved so often; compare with the revision of the champion`);
  }
  await checkTarget(store, pipeline, request);
  const wanted: Move = {
    format: 1,
    pipeline,
    revision: number,
    kind: request.kind,
    from: before?.to ?? null,
    to: request.to,
    digest: request.digest,
    run: request.run,
    // Clocks of different machines differ; the order of moves must not.
    at: new Date(Math.max(Date.now(), before === null ? 0 : Date.parse(before.at))).toISOString(),
    by: request.by,
    reason: request.reason,
    suites: request.suites,
    losses: request.losses,
  };
  const checked = check(moveSchema, wanted, `move of ${pipeline}`);
  return settled(await settle(store, keys.move(pipeline, number), checked, moveSchema), request);
}

// A version is of one run, which has another id once somebody has reset it; many rollbacks may lead to one version.
const settled = (standing: Move, { kind, run, to }: MoveRequest): MoveResult => ({
  moved: standing.to === to && standing.kind === kind && (kind === 'promotion' || sameRun(standing.run, run)),
  move: standing,
});

async function checkTarget(store: Store, pipeline: string, { to, digest }: MoveRequest): Promise<void> {
  if (await withdrawn(store, pipeline, to)) {
    throw new UnknownVersion(`${pipeline} ${to} has been withdrawn and cannot serve again; see: continual versions ${pipeline}`);
  }
  const found = (await manifest(store, pipeline, to)).digest;
  if (found !== digest) {
    throw new InvalidInput(`digest ${digest} is not that of ${pipeline} ${to}, which is ${found}; decide again on the version that is there`);
  }
}

const revision = (store: Store, pipeline: string, number: number): Promise<Move | null> =>
  readDocument(store, keys.move(pipeline, number), moveSchema);

async function newestRevision(store: Store, pipeline: string): Promise<number> {
  return Math.max(0, ...(await store.list(keys.moves(pipeline))).map((key) => numberOf(key) ?? 0));
}

const upTo = (newest: number): number[] => Array.from({ length: newest }, (_, at) => at + 1);
