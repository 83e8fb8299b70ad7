import { UnknownVersion, type Manifest } from '../contracts';
import type { Registry } from '../registry';

/** A version's manifest, with its digest, where a former attempt has published it; else null. */
export async function publishedBefore(registry: Registry, pipeline: string, version: string): Promise<{ manifest: Manifest; digest: string } | null> {
  try {
    return await registry.manifest(pipeline, version);
  } catch (error) {
    if (error instanceof UnknownVersion) return null;
    throw error;
  }
}
