import type * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';

/** What goes into a model and comes out of it, per row. */
export interface ModelShape {
  width: number;
  classes: number;
  /** The classes' names, where they are known. */
  names?: readonly string[];
}

/** Class names shown: the last, since new ones come last. */
const namesShown = 3;

/** Throws InvalidInput unless the model takes `width` numbers (in any shape) and gives one logit per class. */
export function checkShape(model: tf.LayersModel, { width, classes, names = [] }: ModelShape): void {
  const input = rowShape(model);
  const output = model.outputs[0]!.shape;
  if (input.reduce((product, n) => product * n, 1) !== width) {
    throw new InvalidInput(`model: its input is [${input.join(', ')}], but there are ${width} inputs after encoding (a column of numbers is one, and another that says where values are missing; a column of categories is one for each level and one for any other); make it [${width}], or leave columns out with features.exclude`);
  }
  if (output.length !== 2 || output[1] !== classes) {
    const named = names.length > 0 ? ` (${names.length > namesShown ? '…, ' : ''}${names.slice(-namesShown).join(', ')})` : '';
    throw new InvalidInput(`model: its output is [${output.slice(1).join(', ')}], but there are ${classes} classes${named}: end with a dense layer of ${classes} units`);
  }
  const last = model.layers.at(-1)!.getConfig();
  if (last.activation === 'softmax') {
    throw new InvalidInput('model: its last layer has the activation softmax; logits are expected: leave the activation out');
  }
}

/** The shape of one row at the model's input. */
export const rowShape = (model: tf.LayersModel): number[] => model.inputs[0]!.shape.slice(1) as number[];
