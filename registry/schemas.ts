import { check, schemaSchema, type Schema, type Store } from '../contracts';
import { readDocument, settle } from './documents';
import { keys, numberOf } from './keys';

export async function schema(store: Store, pipeline: string): Promise<Schema | null> {
  const key = (await store.list(keys.schemas(pipeline))).findLast((found) => numberOf(found) !== null);
  return key === undefined ? null : readDocument(store, key, schemaSchema);
}

export async function holdSchema(store: Store, pipeline: string, schema: Schema): Promise<Schema> {
  const checked = check(schemaSchema, schema, `schema of ${pipeline}`);
  return settle(store, keys.schema(pipeline, checked.version), checked, schemaSchema);
}
