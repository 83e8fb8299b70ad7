import type * as tf from '@tensorflow/tfjs';
import { InvalidInput, type ModelSpec } from '../../contracts';
import { withinBudget } from './budget';
import { buildCnn } from './cnn';
import { buildMlp } from './mlp';
import { checkShape, type ModelShape } from './shape';
import { modelFromTopology, topologyHasConvolution } from './topology';

/** Makes a model of one's own: `shape.width` numbers in, `shape.classes` logits out, every initialiser seeded from `seed`. */
export type ModelBuilder = (shape: ModelShape, seed: number, options: Record<string, unknown>) => tf.LayersModel | Promise<tf.LayersModel>;

const builders = new Map<string, ModelBuilder>();

/**
 * Makes a model available to pipelines as `model: { builder: name, options: … }`. Its layers must be ones that tf.js
 * layers JSON accepts here, since the trained model is saved as such.
 *
 * @example registerModel('wide', ({ width, classes }, seed) => tf.sequential({ layers: [ … ] }))
 */
export function registerModel(name: string, builder: ModelBuilder): void {
  builders.set(name, builder);
}

/**
 * Builds the model that a pipeline describes, untrained. The same seed gives the same bits.
 *
 * @param shape number of encoded inputs (`features.width`) and of classes
 * @returns a model that gives logits, float32 [rows, classes]
 * @throws InvalidInput for what cannot be built, with the field and the cure
 * @example const model = await buildModel({ mlp: [64, 32], activation: 'relu', dropout: 0 }, { width: 9, classes: 2 }, 1);
 */
export async function buildModel(spec: ModelSpec, shape: ModelShape, seed: number): Promise<tf.LayersModel> {
  const model = await built(spec, shape, seed);
  try {
    checkShape(model, shape);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

function built(spec: ModelSpec, shape: ModelShape, seed: number): tf.LayersModel | Promise<tf.LayersModel> {
  if ('mlp' in spec) return withinBudget(() => buildMlp(spec, shape, seed));
  if ('cnn' in spec) return withinBudget(() => buildCnn(spec, shape, seed));
  if ('layers' in spec) return modelFromTopology(spec.layers, seed);
  const builder = builders.get(spec.builder);
  if (!builder) {
    const known = [...builders.keys()].join(', ') || 'none';
    throw new InvalidInput(`model.builder is ${spec.builder}, which is not registered on this worker (registered: ${known}); call registerModel before the worker starts`);
  }
  return builder(shape, seed, spec.options);
}

/** True where the pipeline's model is a convolutional one. Of a builder's model nothing is known before it is built. */
export function usesConvolution(spec: ModelSpec): boolean {
  return 'cnn' in spec || ('layers' in spec && topologyHasConvolution(spec.layers));
}
