import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { UnknownPipeline, check, pipelineSchema, type Pipeline, type Store } from '../contracts';
import { appliable } from './appliable';
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
  const wanted = check(pipelineSchema, appliable(check(pipelineSchema, pipeline, 'pipeline')), 'pipeline');
  for (;;) {
    const newest = await newestRevision(store, wanted.name);
    if (newest !== null && isDeepStrictEqual(newest.pipeline, wanted)) return { revision: newest.revision, changed: false };
    const next: Revision = { format: 1, revision: (newest?.revision ?? 0) + 1, at: new Date().toISOString(), pipeline: wanted };
    const standing = await settle(store, keys.pipelineRevision(wanted.name, next.revision), next, revisionSchema);
    if (isDeepStrictEqual(standing.pipeline, wanted)) return { revision: standing.revision, changed: true };
  }
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
