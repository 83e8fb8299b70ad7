import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { InvalidInput, UnknownPipeline, check, pipelineSchema, type Pipeline, type Store } from '../contracts';
import { readDocument, settle } from './documents';
import { keys, numberOf } from './keys';

const revisionSchema = z.strictObject({
  format: z.literal(1),
  revision: z.number().int().positive(),
  at: z.iso.datetime(),
  pipeline: pipelineSchema,
});
type Revision = z.output<typeof revisionSchema>;

export async function apply(store: Store, pipeline: Pipeline): Promise<{ revision: number; changed: boolean }> {
  const wanted = check(pipelineSchema, asStored(check(pipelineSchema, pipeline, 'pipeline')), 'pipeline');
  for (;;) {
    const newest = await newestRevision(store, wanted.name);
    if (newest !== null && isDeepStrictEqual(newest.pipeline, wanted)) return { revision: newest.revision, changed: false };
    const next: Revision = { format: 1, revision: (newest?.revision ?? 0) + 1, at: new Date().toISOString(), pipeline: wanted };
    const standing = await settle(store, keys.pipelineRevision(wanted.name, next.revision), next, revisionSchema);
    if (isDeepStrictEqual(standing.pipeline, wanted)) return { revision: standing.revision, changed: true };
  }
}

/** A pipeline goes into the history of each of its runs. */
const largest = 100_000;

/** As it will be read back. What it holds beyond JSON would never be found again, and be written for ever. */
function asStored(pipeline: Pipeline): unknown {
  const text = JSON.stringify(pipeline, (name, value: unknown) => {
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) throw new InvalidInput(`pipeline: ${name} is ${value}; a finite number is needed`);
    return value;
  });
  if (text.length > largest) throw new InvalidInput(`pipeline: it has ${text.length} letters as JSON, and ${largest} are the most; a model of so many layers is better given as code: model.builder`);
  return JSON.parse(text);
}

export async function pipeline(store: Store, name: string, revision?: number): Promise<{ pipeline: Pipeline; revision: number }> {
  const newest = await (revision === undefined
    ? newestRevision(store, name)
    : readDocument(store, keys.pipelineRevision(name, revision), revisionSchema));
  if (newest !== null) return { pipeline: newest.pipeline, revision: newest.revision };
  const known = await pipelines(store);
  throw new UnknownPipeline(
    `pipeline ${name} has not been applied to ${store.uri}; apply its file first: continual apply <file>. Known: ${known.join(', ') || 'none yet'}`,
  );
}

export async function pipelines(store: Store): Promise<string[]> {
  const found = await store.list(keys.pipelines());
  return [...new Set(found.filter((key) => numberOf(key) !== null).map((key) => key.split('/')[1]!))];
}

async function newestRevision(store: Store, name: string): Promise<Revision | null> {
  const key = (await store.list(keys.pipeline(name))).findLast((found) => numberOf(found) !== null);
  return key === undefined ? null : readDocument(store, key, revisionSchema);
}
