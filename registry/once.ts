import { InvalidInput, type Store } from '../contracts';
import { createOrRead, parseJson, toJson } from './documents';
import { keys } from './keys';

export async function once<T>(store: Store, key: string, make: () => Promise<T>): Promise<T> {
  const at = keys.once(key);
  const standing = (await store.get(at)) ?? (await createOrRead(store, at, await asJson(key, make)));
  return parseJson(at, standing) as T;
}

async function asJson(key: string, make: () => Promise<unknown>): Promise<Uint8Array> {
  const value = await make();
  if (value === undefined) throw new InvalidInput(`once ${key}: undefined cannot be kept as JSON; return null instead`);
  return toJson(value);
}
