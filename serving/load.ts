import { CorruptArtifact, type Move } from '../contracts';
import { loadModel } from '../learning';
import type { Registry } from '../registry';
import { predictor } from './predictor';
import type { Loaded } from './served';

const needed = ['model.json', 'weights.bin', 'features.json'];

/** Reads the version that a move names, every byte checked. Throws `CorruptArtifact`, `UnknownVersion`, `StoreUnavailable`. */
export async function load(registry: Registry, move: Move): Promise<Loaded> {
  const { manifest, digest } = await registry.manifest(move.pipeline, move.to);
  if (digest !== move.digest) {
    throw new CorruptArtifact(
      `the manifest of ${move.pipeline} ${move.to} has SHA-256 ${digest}, the alias names ${move.digest}; go back with continual rollback ${move.pipeline} --reason "…".`,
    );
  }
  const files = Object.fromEntries(
    await Promise.all(needed.map(async (name) => [name, await registry.readFile(manifest, name)] as const)),
  );
  // Before the model, which takes memory that nothing else gives back.
  const schema = await registry.schema(move.pipeline);
  const { model, features } = await loadModel(files);
  const runner = predictor(model, features.heads);
  return {
    pipeline: move.pipeline,
    version: move.to,
    digest,
    timeColumn: schema?.time ?? 'time',
    features,
    predict: runner.predict,
    dispose: () => {
      runner.dispose();
      model.dispose();
    },
  };
}
