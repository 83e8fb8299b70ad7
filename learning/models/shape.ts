import type * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';

/** What goes into a model and comes out of it, per row. */
export interface ModelShape {
  width: number;
  classes: number;
}

/** Throws InvalidInput unless the model takes `width` numbers (in any shape) and gives one logit per class. */
export function checkShape(model: tf.LayersModel, { width, classes }: ModelShape): void {
  const input = rowShape(model);
  const output = model.outputs[0]!.shape;
  if (input.reduce((product, n) => product * n, 1) !== width) {
    throw new InvalidInput(`model: its input is [${input.join(', ')}], but there are ${width} inputs after encoding`);
  }
  if (output.length !== 2 || output[1] !== classes) {
    throw new InvalidInput(`model: its output is [${output.slice(1).join(', ')}], but there are ${classes} classes: end with a dense layer of ${classes} units`);
  }
  const last = model.layers.at(-1)!.getConfig();
  if (last.activation === 'softmax') {
    throw new InvalidInput('model: its last layer has the activation softmax; logits are expected: leave the activation out');
  }
}

/** The shape of one row at the model's input. */
export const rowShape = (model: tf.LayersModel): number[] => model.inputs[0]!.shape.slice(1) as number[];
