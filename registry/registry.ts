import type { AuditEntry, Manifest, Move, Pipeline, RunReference, Schema, Store, StoredFile } from '../contracts';
import * as aliases from './aliases';
import * as audit from './audit';
import * as blobs from './blobs';
import * as checkpoints from './checkpoints';
import * as marks from './marks';
import { once } from './once';
import * as pipelines from './pipelines';
import * as reservations from './reservations';
import * as schemas from './schemas';
import * as summary from './summary';
import * as versions from './versions';

/**
 * All that lasts, on one store: pipelines, versions and their files, the champion's history, decisions, checkpoints.
 * What it writes is written once and never changed (checkpoints apart), so that any method may be repeated after a
 * crash. Every method throws `StoreUnavailable` (retryable) when the store does not answer, `CorruptArtifact` when a
 * stored document or file is not what it must be, and `InvalidInput` for names that cannot be part of a key.
 *
 * @example
 * const registry = new Registry(openStore('file:///var/lib/continual'));
 * const champion = await registry.champion('electricity');
 */
export class Registry {
  constructor(readonly store: Store) {}

  /** Keeps a pipeline as its next revision, unless the newest says the same. */
  apply(pipeline: Pipeline): Promise<{ revision: number; changed: boolean }> {
    return pipelines.apply(this.store, pipeline);
  }
  /** A revision, the newest where none is named. Throws `UnknownPipeline`, which lists those that are there. */
  pipeline(name: string, revision?: number): Promise<{ pipeline: Pipeline; revision: number }> {
    return pipelines.pipeline(this.store, name, revision);
  }
  /** Names of all pipelines, in lexical order. */
  pipelines(): Promise<string[]> {
    return pipelines.pipelines(this.store);
  }

  /** The newest schema that a pipeline holds, or null before its first pull. */
  schema(pipeline: string): Promise<Schema | null> {
    return schemas.schema(this.store, pipeline);
  }
  /** Holds a schema under its version number; returns what stands there, which is another's where it came first. */
  holdSchema(pipeline: string, schema: Schema): Promise<Schema> {
    return schemas.holdSchema(this.store, pipeline, schema);
  }

  /**
   * Reserves the next version number for a run; a number is never used again, whatever becomes of the run. The same run
   * gets the same number however often it asks. Throws `UnknownVersion` for a parent that is unknown or withdrawn.
   */
  reserve(pipeline: string, request: reservations.ReserveRequest): Promise<string> {
    return reservations.reserve(this.store, pipeline, request);
  }
  /** Who reserved a number, for what, and when; null where nobody did. */
  reservation(pipeline: string, version: string): Promise<reservations.Reservation | null> {
    return reservations.reservation(this.store, pipeline, version);
  }

  /** Stores a version's files under a key of their common digest: two attempts that differ lie side by side. */
  putFiles(pipeline: string, version: string, files: Record<string, Uint8Array>): Promise<Record<string, StoredFile>> {
    return versions.putFiles(this.store, pipeline, version, files);
  }
  /** Makes the version exist: writes its manifest, or returns the one that an earlier attempt wrote. */
  publish(manifest: Manifest): Promise<versions.ReadManifest> {
    return versions.publish(this.store, manifest);
  }
  /** A version's manifest and its SHA-256. Throws `UnknownVersion`. */
  manifest(pipeline: string, version: string): Promise<versions.ReadManifest> {
    return versions.manifest(this.store, pipeline, version);
  }
  /** A file of a version, its size and SHA-256 checked. Throws `CorruptArtifact`, which says expected and found. */
  readFile(manifest: Manifest, name: string): Promise<Uint8Array> {
    return versions.readFile(this.store, manifest, name);
  }
  /** All version numbers ever reserved, oldest first, and what became of each. */
  versions(pipeline: string): Promise<summary.VersionSummary[]> {
    return summary.versions(this.store, pipeline);
  }
  /** Keeps the reasons why a challenger was refused. The first to say so wins. */
  refuse(pipeline: string, version: string, because: { run: RunReference; reasons: string[] }): Promise<void> {
    return marks.refuse(this.store, pipeline, version, because);
  }
  /** The reasons why a challenger was refused, or null where it was not. */
  refusal(pipeline: string, version: string): Promise<string[] | null> {
    return marks.refusal(this.store, pipeline, version);
  }
  /** Marks a version as never to be promoted or continued from again. */
  withdraw(pipeline: string, version: string, because: { run: RunReference; reason: string }): Promise<void> {
    return marks.withdraw(this.store, pipeline, version, because);
  }
  /** Whether a version has been withdrawn. */
  withdrawn(pipeline: string, version: string): Promise<boolean> {
    return marks.withdrawn(this.store, pipeline, version);
  }

  /** The newest move of the alias: what serves now; null before the first promotion. */
  champion(pipeline: string): Promise<Move | null> {
    return aliases.champion(this.store, pipeline);
  }
  /** All moves of the alias, oldest first. */
  history(pipeline: string): Promise<Move[]> {
    return aliases.history(this.store, pipeline);
  }
  /** The move that was in force at an ISO time; null before the first. */
  championAt(pipeline: string, time: string): Promise<Move | null> {
    return aliases.championAt(this.store, pipeline, time);
  }
  /**
   * Moves the alias if nothing moved it since revision `after` (0: it never moved). `moved: false` carries the move that
   * came between. Safe to repeat: a run that finds its own move has moved. Throws `UnknownVersion` for a target that is
   * unknown or withdrawn, `InvalidInput` for a digest or a revision that do not exist.
   */
  move(pipeline: string, request: aliases.MoveRequest): Promise<aliases.MoveResult> {
    return aliases.move(this.store, pipeline, request);
  }

  /** Appends decisions to a candidate's audit trail; an id that is there already is left as it is. */
  appendAudit(pipeline: string, candidate: string, entries: { id: string; entry: AuditEntry }[]): Promise<void> {
    return audit.appendAudit(this.store, pipeline, candidate, entries);
  }
  /** The audit trail of one candidate, or of the whole pipeline, by time. */
  audit(pipeline: string, candidate?: string): Promise<AuditEntry[]> {
    return audit.audit(this.store, pipeline, candidate);
  }

  /** The JSON value under a key, made at the first call and the same for ever; losers of a race get the winner's. */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    return once(this.store, key, make);
  }

  /** Stores bytes under their SHA-256 and returns it. `extension` is without the dot, such as `parquet`. */
  putBlob(kind: blobs.BlobKind, bytes: Uint8Array, extension: string): Promise<string> {
    return blobs.putBlob(this.store, kind, bytes, extension);
  }
  /** Bytes by their SHA-256, checked. Throws `CorruptArtifact` when they are missing or others. */
  getBlob(kind: blobs.BlobKind, digest: string, extension: string): Promise<Uint8Array> {
    return blobs.getBlob(this.store, kind, digest, extension);
  }

  /** Keeps a checkpoint of a training and forgets all but the newest two. */
  saveCheckpoint(pipeline: string, version: string, step: number, bytes: Uint8Array): Promise<void> {
    return checkpoints.saveCheckpoint(this.store, pipeline, version, step, bytes);
  }
  /** The newest whole checkpoint; torn ones are skipped. Null where there is none. */
  latestCheckpoint(pipeline: string, version: string): Promise<checkpoints.Checkpoint | null> {
    return checkpoints.latestCheckpoint(this.store, pipeline, version);
  }
  /** The step of the newest checkpoint; 0 where there is none. */
  checkpointed(pipeline: string, version: string): Promise<number> {
    return checkpoints.checkpointed(this.store, pipeline, version);
  }
  /** Removes all checkpoints of a version. */
  clearCheckpoints(pipeline: string, version: string): Promise<void> {
    return checkpoints.clearCheckpoints(this.store, pipeline, version);
  }
}
