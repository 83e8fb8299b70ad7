import { createHash } from 'node:crypto';
import type { Store } from '../contracts';
import { keys, numberOf } from './keys';

/** A training's state after a step: opaque bytes. */
export interface Checkpoint {
  step: number;
  bytes: Uint8Array;
}

const digestBytes = 32;
/** The newest may be torn by a failing disk, so the one before it is kept too. */
const kept = 2;

export async function saveCheckpoint(store: Store, pipeline: string, version: string, step: number, bytes: Uint8Array): Promise<void> {
  const key = keys.checkpoint(pipeline, version, step);
  await store.put(key, Buffer.concat([digest(bytes), bytes]));
  const older = (await checkpointKeys(store, pipeline, version)).filter((other) => other < key);
  for (const old of older.slice(0, Math.max(0, older.length - (kept - 1)))) await store.remove(old);
}

export async function latestCheckpoint(store: Store, pipeline: string, version: string): Promise<Checkpoint | null> {
  for (const key of (await checkpointKeys(store, pipeline, version)).reverse()) {
    const stored = await store.get(key);
    if (stored === null || stored.length < digestBytes) continue;
    const bytes = stored.subarray(digestBytes);
    if (digest(bytes).equals(stored.subarray(0, digestBytes))) return { step: numberOf(key)!, bytes };
  }
  return null;
}

export const checkpointed = async (store: Store, pipeline: string, version: string): Promise<number> =>
  Math.max(0, ...(await checkpointKeys(store, pipeline, version)).map((key) => numberOf(key)!));

export async function clearCheckpoints(store: Store, pipeline: string, version: string): Promise<void> {
  for (const key of await store.list(keys.checkpoints(pipeline, version))) await store.remove(key);
}

const checkpointKeys = async (store: Store, pipeline: string, version: string): Promise<string[]> =>
  (await store.list(keys.checkpoints(pipeline, version))).filter((key) => numberOf(key) !== null);

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
