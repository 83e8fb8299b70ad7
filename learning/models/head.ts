import * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';
import { weightsOf } from './weights';

/** The dense layer that makes the logits. Throws InvalidInput where the model ends otherwise. */
export function headOf(model: tf.LayersModel): { layer: tf.layers.Layer; kernel: tf.Variable; bias: tf.Variable } {
  const layer = model.layers.find((candidate) => candidate.output === model.outputs[0])!;
  const [kernel, bias] = ['kernel', 'bias'].map((name) => weightsOf(layer).find((weight) => weight.name.endsWith(`/${name}`))?.variable);
  const { activation } = layer.getConfig() as { activation?: unknown };
  if (layer.getClassName() !== 'Dense' || activation !== 'linear' || !kernel || !bias) {
    throw new InvalidInput(`model: it ends with the layer ${layer.name} (${layer.getClassName()}); this needs a dense layer with a bias and without an activation there`);
  }
  return { layer, kernel, bias };
}

/**
 * The model up to what its head takes, with the same layers; null where the head takes the model's own input.
 * It has no weights of its own: dispose of the model, never of it.
 */
export function bodyOf(model: tf.LayersModel): tf.LayersModel | null {
  const { layer } = headOf(model);
  const input = layer.input as tf.SymbolicTensor;
  return input === model.inputs[0] ? null : tf.model({ inputs: model.inputs, outputs: input });
}
