import { CorruptArtifact, type Store } from '../contracts';
import { digestOf } from './documents';
import { keys } from './keys';

/** What is stored by its content alone. */
export type BlobKind = 'snapshots' | 'evaluations' | 'surgeries';

export async function putBlob(store: Store, kind: BlobKind, bytes: Uint8Array, extension: string): Promise<string> {
  const digest = digestOf(bytes);
  await store.create(keys.blob(kind, digest, extension), bytes);
  return digest;
}

export async function getBlob(store: Store, kind: BlobKind, digest: string, extension: string): Promise<Uint8Array> {
  const key = keys.blob(kind, digest, extension);
  const bytes = await store.get(key);
  if (bytes === null) throw new CorruptArtifact(`${key} is missing from ${store.uri}; restore it from a backup of the store`);
  const found = digestOf(bytes);
  if (found === digest) return bytes;
  throw new CorruptArtifact(`${key}: expected sha256 ${digest}, found ${found}; restore it from a backup of the store`);
}
