import * as tf from '@tensorflow/tfjs';
import { InvalidInput, type ModelSpec } from '../../contracts';
import { seedFor } from '../random';
import { hidden, logits } from './mlp';
import type { ModelShape } from './shape';

type CnnSpec = Extract<ModelSpec, { cnn: unknown }>;

/**
 * A small convolutional network: per entry of `filters` a 3x3 convolution that keeps the size and a 2x2 max pooling,
 * then one dense layer with dropout, then logits. Pooling stops where the image is one pixel high or wide.
 *
 * @throws InvalidInput where the image has not as many numbers as there are feature columns
 */
export function buildCnn(spec: CnnSpec, { width, classes }: ModelShape, seed: number): tf.LayersModel {
  const { image, filters, dense } = spec.cnn;
  const pixels = image[0] * image[1] * image[2];
  if (pixels !== width) {
    throw new InvalidInput(`model.cnn.image is [${image.join(', ')}], which takes ${pixels} numbers, but there are ${width} feature columns; name the others in features.exclude`);
  }
  const input = tf.input({ shape: image, name: 'input' });
  let last = input;
  const add = (layer: tf.layers.Layer): void => void (last = layer.apply(last) as tf.SymbolicTensor);
  filters.forEach((count, i) => {
    add(
      tf.layers.conv2d({
        name: `conv${i + 1}`,
        filters: count,
        kernelSize: 3,
        padding: 'same',
        activation: spec.activation,
        kernelInitializer: tf.initializers.heUniform({ seed: seedFor(seed, 'conv', i) }),
      }),
    );
    if (Math.min(last.shape[1]!, last.shape[2]!) > 1) add(tf.layers.maxPooling2d({ name: `pool${i + 1}`, poolSize: 2 }));
  });
  add(tf.layers.flatten({ name: 'flatten' }));
  add(hidden('hidden1', dense, spec.activation, seedFor(seed, 'hidden', 0)));
  if (spec.dropout > 0) add(tf.layers.dropout({ rate: spec.dropout, name: 'dropout1' }));
  add(logits(classes, seed));
  return tf.model({ inputs: input, outputs: last, name: 'cnn' });
}
