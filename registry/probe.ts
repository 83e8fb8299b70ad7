import { randomUUID } from 'node:crypto';
import { InvalidInput, type Store } from '../contracts';
import { keys } from './keys';

/**
 * Tries all that the product needs of a store: create, refuse to create again, read, list, remove.
 * @throws InvalidInput where the store lets an object be created twice (some S3 services ignore `If-None-Match`), or
 * where a permission is missing; StoreUnavailable where it does not answer
 */
export async function probeStore(store: Store): Promise<void> {
  const key = keys.probe(randomUUID());
  const bytes = Buffer.from(key);
  await store.create(key, bytes);
  try {
    const again = await store.create(key, bytes);
    const read = await store.get(key);
    if (again) throw new InvalidInput(`store ${store.uri}: an object could be created twice; take a service that honours If-None-Match: *`);
    if (read === null || !bytes.equals(read) || !(await store.list(key)).includes(key)) {
      throw new InvalidInput(`store ${store.uri}: an object that was just written is not there; take a service that is consistent after a write`);
    }
  } finally {
    await store.remove(key);
  }
}
