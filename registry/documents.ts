import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { CorruptArtifact, NewerRelease, StoreUnavailable, explain, type Store } from '../contracts';

/** SHA-256 in hexadecimal. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** JSON as it stands in the store: indented, because people read it too. */
export const toJson = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

/** Parses a stored document and checks it. Throws `CorruptArtifact` that names the key and the field, `NewerRelease` where it only has more fields. */
export function parseDocument<S extends z.ZodType>(key: string, bytes: Uint8Array, schema: S): z.output<S> {
  const value = parseJson(key, bytes);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (result.error.issues.every(({ code }) => code === 'unrecognized_keys'))
    throw new NewerRelease(`${key}: ${explain(result.error, value)}; a newer release of this program has written it: upgrade this one`);
  throw new CorruptArtifact(`${key}: ${explain(result.error, value)}; restore the object from a backup of the store`);
}

/** Parses stored JSON. Throws `CorruptArtifact` that names the key. */
export function parseJson(key: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new CorruptArtifact(`${key}: is not JSON; restore the object from a backup of the store`, { cause });
  }
}

/** The document under a key, or null where there is none. */
export async function readDocument<S extends z.ZodType>(store: Store, key: string, schema: S): Promise<z.output<S> | null> {
  const bytes = await store.get(key);
  return bytes === null ? null : parseDocument(key, bytes, schema);
}

/**
 * Creates the object, or finds the one that stands there: the bytes that hold from now on. A reply that was lost after
 * the write is told from a lost write by reading back, so the caller's own bytes may come back as "found".
 */
export async function createOrRead(store: Store, key: string, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    if (await store.create(key, bytes)) return bytes;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const found = await store.get(key);
    if (found === null) throw error;
    return found;
  }
  const found = await store.get(key);
  if (found === null) throw new StoreUnavailable(`${key}: was there a moment ago and is gone; is something deleting from ${store.uri}?`);
  return found;
}

/** As `createOrRead`, for a document. */
export async function settle<S extends z.ZodType>(store: Store, key: string, document: z.output<S>, schema: S): Promise<z.output<S>> {
  return parseDocument(key, await createOrRead(store, key, toJson(document)), schema);
}

/** Maps over items, a few at a time, so that a long listing does not open a connection for each. */
export async function mapSome<T, R>(items: readonly T[], work: (item: T) => Promise<R>, atOnce = 16): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
