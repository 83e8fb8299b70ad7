import type { ReadManifest, Registry } from '../registry';

/** How many trainings lie between a version and the last one from scratch; numbers say less, since refused versions use them up too. */
export async function updatesSince(registry: Registry, pipeline: string, version: string): Promise<number> {
  let updates = 0;
  for (let next: string | null = version; next !== null; updates++) {
    const { manifest }: ReadManifest = await registry.manifest(pipeline, next);
    if (manifest.mode === 'stateless') return updates;
    next = manifest.parent;
  }
  return updates;
}
