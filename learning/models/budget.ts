import * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';

/** 400 MB in float32; Adam takes three times that. */
const maximumParameters = 100_000_000;

type AddWeight = (name: string, shape: number[], ...rest: unknown[]) => unknown;

/**
 * Builds a model, and stops before the variable that would take it over the limit is made. It looks at each variable as
 * its layer asks for it, because a few characters of JSON can ask for more memory than the machine has.
 *
 * @throws InvalidInput naming the variable
 */
export function withinBudget<T>(build: () => T): T {
  const prototype = tf.layers.Layer.prototype as unknown as { addWeight: AddWeight };
  const original = prototype.addWeight;
  let parameters = 0;
  prototype.addWeight = function (this: tf.layers.Layer, name, shape, ...rest) {
    parameters += shape.reduce((product, n) => product * n, 1);
    if (parameters > maximumParameters) {
      throw new InvalidInput(
        `model: the variable ${this.name}/${name} of shape [${shape.join(', ')}] takes the model over ${maximumParameters} parameters; make its layers smaller`,
      );
    }
    return original.call(this, name, shape, ...rest);
  };
  try {
    return build();
  } finally {
    prototype.addWeight = original;
  }
}
