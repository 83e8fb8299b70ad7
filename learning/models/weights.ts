import type * as tf from '@tensorflow/tfjs';

/** A model's or layer's variable with its name as it is saved, such as `hidden1/kernel`. */
export interface Weight {
  name: string;
  variable: tf.Variable;
}

/** All weights in the model's order. Their names are the model's own; those of tf.js's variables are unique in the process. */
export const weightsOf = (model: tf.LayersModel | tf.layers.Layer): Weight[] => model.weights.map(named);

/** The weights that training changes, in the model's order. */
export const trainableWeightsOf = (model: tf.LayersModel): Weight[] => model.trainableWeights.map(named);

const named = (weight: tf.LayersModel['weights'][number]): Weight => ({
  name: weight.originalName,
  variable: weight.read() as tf.Variable,
});
