import * as tf from '@tensorflow/tfjs';
import type { ModelSpec } from '../../contracts';
import { seedFor } from '../random';
import type { ModelShape } from './shape';

type MlpSpec = Extract<ModelSpec, { mlp: unknown }>;

/** A multi-layer perceptron: dense hidden layers (He's initialisation, He et al. 2015), each with dropout, then logits. */
export function buildMlp(spec: MlpSpec, { width, classes }: ModelShape, seed: number): tf.LayersModel {
  const input = tf.input({ shape: [width], name: 'input' });
  let last = input;
  spec.mlp.forEach((units, i) => {
    last = hidden(`hidden${i + 1}`, units, spec.activation, seedFor(seed, 'hidden', i)).apply(last) as tf.SymbolicTensor;
    if (spec.dropout > 0) last = tf.layers.dropout({ rate: spec.dropout, name: `dropout${i + 1}` }).apply(last) as tf.SymbolicTensor;
  });
  return tf.model({ inputs: input, outputs: logits(classes, seed).apply(last) as tf.SymbolicTensor, name: 'mlp' });
}

/** A dense hidden layer with seeded weights. */
export const hidden = (name: string, units: number, activation: MlpSpec['activation'], seed: number): tf.layers.Layer =>
  tf.layers.dense({ name, units, activation, kernelInitializer: tf.initializers.heUniform({ seed }) });

/** The last layer: one number per class, before softmax. */
export const logits = (classes: number, seed: number): tf.layers.Layer =>
  tf.layers.dense({ name: 'logits', units: classes, kernelInitializer: tf.initializers.glorotUniform({ seed: seedFor(seed, 'logits') }) });
