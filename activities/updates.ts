import type { Manifest } from '../contracts';
import type { Registry } from '../registry';

/** How many trainings lie between a version and the last one from scratch; numbers say less, since refused versions use them up too. */
export async function updatesSince(registry: Registry, version: Manifest): Promise<number> {
  let updates = 0;
  for (let next = version; next.mode !== 'stateless' && next.parent !== null; updates++) next = (await registry.manifest(next.pipeline, next.parent)).manifest;
  return updates;
}
