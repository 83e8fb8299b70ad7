import type * as tf from '@tensorflow/tfjs';
import { CorruptArtifact, InvalidInput } from '../contracts';
import type { Features } from './features';
import { tensorOf, type Learner, type StrategyState } from './learner';
import { checkShape, modelFromTopology, weightsOf } from './models';
import type { OptimizerState } from './optimizer';
import { readTensors, writeTensors, type NamedArray, type NamedArrays } from './tensors-file';

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const maximumJson = 16_000_000;

interface WeightEntry {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32';
}

/**
 * A learner as the files of a version. `model.json` and `weights.bin` are tf.js's layers format, which any tf.js client
 * loads; `features.json` holds the features, `optimizer.bin` and `memory.bin` are files of tensors (see `writeTensors`)
 * that are there only where there is something in them. The same learner gives the same bytes.
 */
export function saveModel(learner: Learner): Record<string, Uint8Array> {
  const weights = weightsOf(learner.model).map(({ name, variable }) => ({ name, shape: variable.shape, dtype: variable.dtype, bytes: bytesOf(variable) }));
  const files: Record<string, Uint8Array> = {
    'model.json': json({
      format: 'layers-model',
      generatedBy: 'temporal-continual-training',
      convertedBy: null,
      modelTopology: learner.model.toJSON(null, false),
      weightsManifest: [{ paths: ['weights.bin'], weights: weights.map(({ bytes: _, ...entry }) => entry) }],
      userDefinedMetadata: { steps: learner.steps, seen: learner.seen },
    }),
    'weights.bin': Buffer.concat(weights.map(({ bytes }) => bytes)),
    'features.json': json(learner.features),
  };
  if (learner.optimizer) {
    const { arrays, ...meta } = learner.optimizer;
    files['optimizer.bin'] = writeTensors(meta, arrays);
  }
  if (learner.strategy) files['memory.bin'] = writeStrategy(learner.strategy);
  return files;
}

/**
 * The learner in a version's files. Nothing is read but what is given: paths in `model.json` are names to be checked, not
 * places to look; layers are allow-listed; every weight must be there once, with its shape and type.
 *
 * @param files by name; `model.json`, `weights.bin` and `features.json` are needed
 * @throws CorruptArtifact naming the file and what is wrong with it
 */
export async function loadModel(files: Record<string, Uint8Array>): Promise<Learner> {
  const description = parseJson(files, 'model.json');
  const features = parseJson(files, 'features.json') as unknown as Features;
  if (features.format !== 1 || !Array.isArray(features.inputs) || !Array.isArray(features.classes)) {
    throw bad('features.json', `format is ${String(features.format)}; 1 is expected`);
  }
  const weights = readManifest(description, fileNamed(files, 'weights.bin'));
  const [optimizer, strategy] = [readOptimizerFile(files['optimizer.bin']), readStrategy(files['memory.bin'])];
  const model = await topologyOf(description);
  try {
    checkShape(model, { width: features.width, classes: features.classes.length });
    assign(model, weights);
  } catch (error) {
    model.dispose();
    throw error instanceof InvalidInput ? bad('model.json', error.message) : error;
  }
  const { steps = 0, seen } = (description.userDefinedMetadata ?? {}) as { steps?: number; seen?: number[] };
  // Versions of releases that did not count rows had seen every class that they know.
  return { model, features, steps: Number(steps), seen: Array.isArray(seen) ? seen.map(Number) : features.classes.map(() => 1), optimizer, strategy };
}

/** A strategy's memory and tensors as one file. */
export function writeStrategy({ strategy, memory, tensors }: StrategyState): Uint8Array {
  return writeTensors({ strategy, memory: memory !== null }, { ...prefixed('memory/', memory ?? {}), ...prefixed('state/', tensors) });
}

function readStrategy(bytes: Uint8Array | undefined): StrategyState | null {
  if (!bytes) return null;
  const { meta, arrays } = readTensors(bytes, 'memory.bin');
  return { strategy: String(meta.strategy), memory: meta.memory === true ? unprefixed('memory/', arrays) : null, tensors: unprefixed('state/', arrays) };
}

function readOptimizerFile(bytes: Uint8Array | undefined): OptimizerState | null {
  if (!bytes) return null;
  const { meta, arrays } = readTensors(bytes, 'optimizer.bin');
  return { ...(meta as { name: OptimizerState['name']; iterations: number }), arrays };
}

async function topologyOf(description: Record<string, unknown>): Promise<tf.LayersModel> {
  try {
    return await modelFromTopology(description.modelTopology);
  } catch (error) {
    throw bad('model.json', error instanceof Error ? error.message : String(error));
  }
}

function readManifest(description: Record<string, unknown>, bytes: Uint8Array): Map<string, NamedArray> {
  const groups = description.weightsManifest as { paths?: unknown; weights?: unknown }[] | undefined;
  const entries = groups?.[0]?.weights;
  if (groups?.length !== 1 || JSON.stringify(groups[0]!.paths) !== '["weights.bin"]' || !Array.isArray(entries)) {
    throw bad('model.json', 'its weights must all be in the one file weights.bin');
  }
  const found = new Map<string, NamedArray>();
  let offset = 0;
  for (const { name, shape, dtype } of entries as WeightEntry[]) {
    if ((dtype !== 'float32' && dtype !== 'int32') || !Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
      throw bad('model.json', `weight ${String(name)} has the type ${String(dtype)} or a shape that is not accepted; float32 and int32 are`);
    }
    const end = offset + 4 * shape.reduce((product, n) => product * n, 1);
    if (found.has(name) || end > bytes.length) throw bad('weights.bin', `weight ${name} is there twice, or ends at byte ${end} of ${bytes.length}`);
    const { buffer } = new Uint8Array(bytes.subarray(offset, end));
    found.set(name, { shape, values: dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer) });
    offset = end;
  }
  if (offset !== bytes.length) throw bad('weights.bin', `${bytes.length} bytes, but model.json tells of ${offset}`);
  return found;
}

function assign(model: tf.LayersModel, weights: Map<string, NamedArray>): void {
  for (const { name, variable } of weightsOf(model)) {
    const found = weights.get(name);
    if (!found) throw bad('weights.bin', `the weight ${name} is missing`);
    if (found.shape.join() !== variable.shape.join()) throw bad('weights.bin', `${name} has the shape [${found.shape.join(', ')}], the model [${variable.shape.join(', ')}]`);
    const tensor = tensorOf(found);
    variable.assign(tensor);
    tensor.dispose();
    weights.delete(name);
  }
  if (weights.size > 0) throw bad('weights.bin', `the model has no weight ${[...weights.keys()].join(', ')}`);
}

function parseJson(files: Record<string, Uint8Array>, name: string): Record<string, unknown> {
  const bytes = fileNamed(files, name);
  if (bytes.length > maximumJson) throw bad(name, `${bytes.length} bytes; at most ${maximumJson} are accepted`);
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, together with JSON that is not an object.
  }
  throw bad(name, 'not a JSON object');
}

function fileNamed(files: Record<string, Uint8Array>, name: string): Uint8Array {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
  if (!bytes) throw bad(name, `it is missing; there are ${Object.keys(files).join(', ') || 'no files'}`);
  return bytes;
}

const bytesOf = (variable: tf.Tensor): Buffer => Buffer.from((variable.dataSync() as Float32Array).slice().buffer);
const bad = (name: string, what: string): CorruptArtifact => new CorruptArtifact(`${name}: ${what}; restore the file from its store`);
const prefixed = (prefix: string, arrays: NamedArrays): NamedArrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [prefix + name, array]));
const unprefixed = (prefix: string, arrays: NamedArrays): NamedArrays =>
  Object.fromEntries(Object.entries(arrays).flatMap(([name, array]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [])));
