import { z } from 'zod';
import { check, type AuditEntry, type Store } from '../contracts';
import { createOrRead, mapSome, readDocument, toJson } from './documents';
import { keys } from './keys';

const entrySchema = z.strictObject({
  at: z.iso.datetime(),
  channel: z.enum(['update', 'signal', 'deadline', 'policy', 'command']),
  decision: z.enum(['approve', 'reject', 'malformed']),
  candidate: z.string().nullable(),
  by: z.string(),
  reason: z.string(),
  accepted: z.boolean(),
  answer: z.string(),
}) satisfies z.ZodType<AuditEntry>;

export async function appendAudit(
  store: Store,
  pipeline: string,
  candidate: string,
  entries: { id: string; entry: AuditEntry }[],
): Promise<void> {
  await mapSome(entries, async ({ id, entry }) => {
    const checked = check(entrySchema, entry, `audit entry ${id}`);
    await createOrRead(store, keys.approval(pipeline, candidate, id), toJson(checked));
  });
}

export async function audit(store: Store, pipeline: string, candidate?: string): Promise<AuditEntry[]> {
  const found = (await store.list(keys.approvals(pipeline, candidate))).filter((key) => key.endsWith('.json'));
  const entries = await mapSome(found, (key) => readDocument(store, key, entrySchema));
  return entries.filter((entry) => entry !== null).sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
