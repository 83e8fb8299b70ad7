import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '../models/weights';
import type { OptimizerState } from '../optimizer';
import type { NamedArrays } from '../tensors-file';
import { scaling } from './encode';
import type { Features } from './types';

/**
 * The dense layer with a bias that alone takes the model's input, or null where the model begins otherwise. Only such a
 * model can follow moving statistics; for others they stay as they were fitted.
 */
export function firstDense(model: tf.LayersModel): tf.layers.Layer | null {
  const [input] = model.inputs;
  const takers = model.layers.filter((layer) =>
    layer.inboundNodes.some((node) => node.inputTensors.includes(input!) && layer.getClassName() !== 'InputLayer'),
  );
  const [first] = takers;
  if (model.inputs.length !== 1 || takers.length !== 1 || first!.getClassName() !== 'Dense') return null;
  return input!.shape.length === 2 && first!.getConfig().useBias === true ? first! : null;
}

/**
 * Changes the first dense layer so that the model gives the same outputs for the same rows although their scaling has
 * moved from (m, s) to (m', s'): W' = W·s'/s and b' = b + W·(m' - m)/s, row by row of W. The optimizer's slots of W
 * follow as gradients do: first moments by s/s', second moments by its square. Computed in float64.
 *
 * @param model changed in place; `firstDense(model)` must not be null
 * @param optimizer its state, or null; a new state is returned, the old one stays as it was
 */
export function compensate(model: tf.LayersModel, optimizer: OptimizerState | null, before: Features, after: Features): OptimizerState | null {
  const layer = firstDense(model)!;
  const [from, to] = [scaling(before), scaling(after)];
  const [kernel, bias] = ['kernel', 'bias'].map((name) => weightsOf(layer).find((weight) => weight.name.endsWith(`/${name}`))!);
  const units = kernel!.variable.shape[1]!;
  const growth = to.scale.map((scale, input) => scale / from.scale[input]!);

  const weights = kernel!.variable.dataSync<'float32'>();
  const shifted = Float64Array.from(bias!.variable.dataSync<'float32'>());
  weights.forEach((weight, i) => {
    const input = Math.floor(i / units);
    shifted[i % units]! += (weight * (to.mean[input]! - from.mean[input]!)) / from.scale[input]!;
  });
  tf.tidy(() => {
    kernel!.variable.assign(tf.tensor(scaleRows(weights, growth, 1), kernel!.variable.shape));
    bias!.variable.assign(tf.tensor(Float32Array.from(shifted), bias!.variable.shape));
  });
  if (optimizer === null) return null;

  const arrays = { ...optimizer.arrays };
  for (const [slot, power] of Object.entries(gradientPowers)) {
    const name = `${kernel!.name}/${slot}`;
    const array = arrays[name];
    if (array) arrays[name] = { ...array, values: scaleRows(array.values as Float32Array, growth, -power) };
  }
  return { ...optimizer, arrays };
}

/**
 * A strategy's tensors of the first dense layer's kernel (`fisher/hidden1/kernel`) in the new scaling: what says how much a
 * weight matters goes as its gradient's square, a place that it is held to as the weight itself. Others stay as they are.
 */
export function compensateState(model: tf.LayersModel, tensors: NamedArrays, before: Features, after: Features): NamedArrays {
  const kernel = weightsOf(firstDense(model)!).find(({ name }) => name.endsWith('/kernel'))!;
  const [from, to] = [scaling(before), scaling(after)];
  const growth = to.scale.map((scale, input) => scale / from.scale[input]!);
  const moved = Object.entries(statePowers).flatMap(([what, power]) => {
    const name = `${what}/${kernel.name}`;
    const array = tensors[name];
    return array ? [[name, { ...array, values: scaleRows(array.values as Float32Array, growth, power) }] as const] : [];
  });
  return { ...tensors, ...Object.fromEntries(moved) };
}

/** The power of the weight that each of a strategy's tensors goes by. */
const statePowers = { fisher: -2, importance: -2, offset: 1 } as const;

/** The power of the gradient that each optimizer slot is an average of. */
const gradientPowers = { m: 1, v: 2, accumulation: 1, meanSquare: 2, accumulator: 2 } as const;

function scaleRows(values: Float32Array, factors: Float64Array, power: number): Float32Array {
  const units = values.length / factors.length;
  return values.map((value, i) => value * factors[Math.floor(i / units)]! ** power);
}
