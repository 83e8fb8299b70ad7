import * as tf from '@tensorflow/tfjs';
import type { Tensors } from './tensors';

/** Gradients are cut to these before the optimizer sees them: each value to ±value, all together to a Euclidean norm. */
export interface Clip {
  value?: number;
  norm?: number;
}

/** What a LayersModel's step takes: its inputs, its targets, and weights for each row where there are any. */
export type Batch = { x: tf.Tensor[]; y: tf.Tensor[]; weights?: tf.Tensor };

/** The parts of a LayersModel that train it; its types hide them. */
interface Trained {
  optimizer_: tf.Optimizer;
  metricsNames: string[];
  feedInputNames: string[];
  feedInputShapes: tf.Shape[];
  feedOutputNames: string[];
  feedOutputShapes: tf.Shape[];
  feedLossFns: { name: string }[];
  testFunction: (tensors: tf.Tensor[]) => tf.Tensor[];
  makeTrainFunction(): (tensors: tf.Tensor[]) => tf.Tensor[];
  makeTestFunction(): void;
}

function trained(model: tf.LayersModel): Trained {
  // A Sequential wraps the model that does the work.
  const inner = ((model as unknown as { model?: tf.LayersModel }).model ?? model) as unknown as Trained;
  if (!inner.optimizer_) throw new TypeError('the model has no optimizer and no loss yet: call model.compile(…) first');
  return inner;
}

export const metricNames = (model: tf.LayersModel): string[] => trained(model).metricsNames;

/** An input or an output of the model, and its shape, the number of rows first. */
export interface Place {
  name: string;
  shape: tf.Shape;
}

/** What the model's inputs and targets look like. Targets are shaped as outputs, but for a loss that takes the class's number. */
export function placesOf(model: tf.LayersModel): { inputs: Place[]; targets: Place[] } {
  const { feedInputNames, feedInputShapes, feedOutputNames, feedOutputShapes, feedLossFns } = trained(model);
  return {
    inputs: feedInputNames.map((name, i) => ({ name, shape: feedInputShapes[i]! })),
    targets: feedOutputNames.map((name, i) => {
      const shape = feedOutputShapes[i]!;
      // A bundle of tfjs may put a number after a function's name.
      return { name, shape: feedLossFns[i]!.name.startsWith('sparseCategoricalCrossentropy') ? [...shape.slice(0, -1), 1] : shape };
    }),
  };
}

const list = ({ x, y, weights }: Batch): tf.Tensor[] => [...x, ...y, ...(weights ? y.map(() => weights) : [])];

/**
 * One training step of the model as `model.compile` set it up: loss, metrics, regularisers, gradients, optimizer and
 * running averages are the model's own.
 */
export function trainingStep(model: tf.LayersModel, clip?: Clip): (batch: Batch) => tf.Tensor[] {
  const inner = trained(model);
  const train = inner.makeTrainFunction();
  if (!clip) return (batch) => train(list(batch));
  const { optimizer_: optimizer } = inner;
  const clipping = Object.create(optimizer, {
    minimize: {
      value(loss: () => tf.Scalar, _returnCost: boolean, variables: tf.Variable[]) {
        const { value, grads } = optimizer.computeGradients(loss, variables);
        optimizer.applyGradients(clipped(variables.map(({ name }) => ({ name, tensor: grads[name] })), clip) as { name: string; tensor: tf.Tensor }[]);
        return value;
      },
    },
  }) as tf.Optimizer;
  return (batch) => {
    inner.optimizer_ = clipping;
    try {
      return train(list(batch));
    } finally {
      inner.optimizer_ = optimizer;
    }
  };
}

/** One evaluation step: the loss and the metrics, without training. */
export function evaluationStep(model: tf.LayersModel): (batch: Batch) => tf.Tensor[] {
  const inner = trained(model);
  inner.makeTestFunction();
  const test = inner.testFunction;
  return (batch) => test(list(batch));
}

/** A weight that the loss does not depend on has no gradient; it keeps its place, by which an optimizer finds its slots. */
type Gradient = { name: string; tensor: tf.Tensor | undefined };

function clipped(gradients: Gradient[], { value, norm }: Clip): Gradient[] {
  const bounded = value === undefined ? gradients : gradients.map(({ name, tensor }) => ({ name, tensor: tensor?.clipByValue(-value, value) }));
  if (norm === undefined) return bounded;
  const length = tf.sqrt(tf.addN(bounded.flatMap(({ tensor }) => (tensor ? [tensor.square().sum()] : []))));
  const scale = tf.div(norm, tf.maximum(length, norm));
  return bounded.map(({ name, tensor }) => ({ name, tensor: tensor?.mul(scale) }));
}

/** The flat inputs of a step, as tensors of a nest. */
export const asTensors = (batch: Batch): Tensors => batch as unknown as Tensors;
