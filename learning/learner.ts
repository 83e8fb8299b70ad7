import * as tf from '@tensorflow/tfjs';
import type { Features } from './features';
import { modelFromTopology, weightsOf } from './models';
import type { OptimizerState } from './optimizer';
import type { NamedArrays } from './tensors-file';

/** What a strategy carries from version to version. */
export interface StrategyState {
  /** The strategy's name; another strategy does not take it over, except for the memory. */
  strategy: string;
  memory: NamedArrays | null;
  tensors: NamedArrays;
}

/** A model and all that it needs to predict, and to go on learning. */
export interface Learner {
  model: tf.LayersModel;
  features: Features;
  /** Optimizer steps of the lineage since it was trained from scratch. */
  steps: number;
  /** Rows of each class that the lineage has learned from since then. */
  seen: number[];
  optimizer: OptimizerState | null;
  strategy: StrategyState | null;
}

/** A model with the same layers and weights of its own. */
export async function cloneModel(model: tf.LayersModel): Promise<tf.LayersModel> {
  const clone = await modelFromTopology(model.toJSON(null, false));
  clone.setWeights(model.getWeights());
  return clone;
}

/** Copies of all weights, by name. */
export function readWeights(model: tf.LayersModel): NamedArrays {
  return Object.fromEntries(weightsOf(model).map(({ name, variable }) => [name, readVariable(variable)]));
}

export const readVariable = (variable: tf.Tensor): NamedArrays[string] => ({
  shape: variable.shape,
  values: (variable.dataSync() as Float32Array).slice(),
});

export const tensorOf = ({ values, shape }: NamedArrays[string]): tf.Tensor =>
  tf.tensor(values as Float32Array, shape, values instanceof Int32Array ? 'int32' : 'float32');
