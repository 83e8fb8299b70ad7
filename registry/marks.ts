import { z } from 'zod';
import { check, pipelineName, runReference, versionName, type RunReference, type Store } from '../contracts';
import { readDocument, settle } from './documents';
import { keys } from './keys';

const mark = {
  format: z.literal(1),
  pipeline: pipelineName,
  version: versionName,
  run: runReference,
  at: z.iso.datetime(),
};
const withdrawalSchema = z.strictObject({ ...mark, reason: z.string() });
const refusalSchema = z.strictObject({ ...mark, reasons: z.array(z.string()) });

export async function withdraw(store: Store, pipeline: string, version: string, because: { run: RunReference; reason: string }): Promise<void> {
  const withdrawal = { format: 1, pipeline, version, ...because, at: new Date().toISOString() };
  await settle(store, keys.withdrawal(pipeline, version), check(withdrawalSchema, withdrawal, 'withdrawal'), withdrawalSchema);
}

export async function withdrawn(store: Store, pipeline: string, version: string): Promise<boolean> {
  return (await readDocument(store, keys.withdrawal(pipeline, version), withdrawalSchema)) !== null;
}

export async function refuse(store: Store, pipeline: string, version: string, because: { run: RunReference; reasons: string[] }): Promise<void> {
  const refusal = { format: 1, pipeline, version, ...because, at: new Date().toISOString() };
  await settle(store, keys.refusal(pipeline, version), check(refusalSchema, refusal, 'refusal'), refusalSchema);
}

/** Why a challenger was refused, or null where it was not. */
export async function refusal(store: Store, pipeline: string, version: string): Promise<string[] | null> {
  return (await readDocument(store, keys.refusal(pipeline, version), refusalSchema))?.reasons ?? null;
}
