import type { Registry } from '../../registry';
import { pipelineName } from './market';

/** What a run leaves behind, without what may differ from run to run: ids and times. */
export interface Outcome {
  champion: { version: string; revision: number; from: string | null };
  /** Every version with its state and the SHA-256 of each of its files: weights, optimizer, memory, features, … */
  versions: { version: string; state: string; reproducible: boolean; files: Record<string, string> }[];
  decisions: string[];
  /** Every key of the store: nothing is missing, and nothing is left over. */
  keys: string[];
}

export async function outcomeOf(registry: Registry): Promise<Outcome> {
  const moves = await registry.history(pipelineName);
  const { to, from, revision } = moves.at(-1)!;
  const versions = [];
  for (const { version, state } of await registry.versions(pipelineName)) {
    const { manifest } = await registry.manifest(pipelineName, version);
    const files = Object.fromEntries(Object.entries(manifest.files).map(([name, { sha256 }]) => [name, sha256]));
    versions.push({ version, state, reproducible: manifest.training.reproducible, files });
  }
  const decisions = (await registry.audit(pipelineName)).map(({ candidate, decision, accepted }) => `${candidate} ${decision} ${accepted ? 'accepted' : 'refused'}`);
  const keys = (await registry.store.list('')).map((key) => key.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, '<run>')).sort();
  return { champion: { version: to, revision, from }, versions, decisions, keys };
}
