import * as tf from '@tensorflow/tfjs';
import { weightsOf } from '../models/weights';
import type { OptimizerState } from '../optimizer';
import type { NamedArrays } from '../tensors-file';
import { scaling } from './encode';
import { widthOf } from './fit';
import { varies } from './statistics';
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
  const move = new Move(before, after);
  const [kernel, bias] = ['kernel', 'bias'].map((name) => weightsOf(layer).find((weight) => weight.name.endsWith(`/${name}`))!);
  const [weights, biases] = [kernel, bias].map((weight) => weight!.variable.dataSync<'float32'>()) as [Float32Array, Float32Array];
  tf.tidy(() => {
    bias!.variable.assign(tf.tensor(move.bias(biases, weights), bias!.variable.shape));
    kernel!.variable.assign(tf.tensor(move.rows(weights, 1), kernel!.variable.shape));
  });
  if (optimizer === null) return null;

  const arrays = { ...optimizer.arrays };
  for (const [slot, power] of Object.entries(gradientPowers)) {
    const name = `${kernel!.name}/${slot}`;
    const array = arrays[name];
    if (array) arrays[name] = { ...array, values: move.rows(array.values as Float32Array, -power) };
  }
  return { ...optimizer, arrays };
}

/**
 * A strategy's tensors of the first dense layer (`fisher/hidden1/kernel`) in the new scaling: what says how much a weight
 * matters goes as its gradient's square, a weight itself (a distance from one, a head that waits) as the model's. Others stay
 * as they are.
 */
export function compensateState(model: tf.LayersModel, tensors: NamedArrays, before: Features, after: Features): NamedArrays {
  const [kernel, bias] = ['kernel', 'bias'].map((part) => weightsOf(firstDense(model)!).find(({ name }) => name.endsWith(`/${part}`))!.name);
  const move = new Move(before, after);
  const moved = { ...tensors };
  for (const [what, power] of Object.entries(statePowers)) {
    const [weights, biases] = [tensors[`${what}/${kernel}`], tensors[`${what}/${bias}`]];
    if (!weights) continue;
    moved[`${what}/${kernel}`] = { ...weights, values: move.rows(weights.values as Float32Array, power) };
    if (power === 1 && biases) moved[`${what}/${bias}`] = { ...biases, values: move.bias(biases.values as Float32Array, weights.values as Float32Array) };
  }
  return moved;
}

/**
 * Zero weights for the number inputs that do not vary in the rows a new model begins with. It learns nothing of them, as their
 * scaled value is 0 in each row; drawn at random, they would act all the same on the first value that differs.
 *
 * @param model changed in place, where it can follow moving statistics
 */
export function silenceConstants(model: tf.LayersModel, features: Features): void {
  const layer = firstDense(model);
  const silent = new Set(constantInputs(features));
  if (layer === null || silent.size === 0) return;
  const { variable } = weightsOf(layer).find(({ name }) => name.endsWith('/kernel'))!;
  const units = variable.shape[1]!;
  const weights = variable.dataSync<'float32'>().map((value, i) => (silent.has(Math.floor(i / units)) ? 0 : value));
  tf.tidy(() => variable.assign(tf.tensor(weights, variable.shape)));
}

/** Places of the number inputs that do not vary, where each has a scale of its own. */
function constantInputs(features: Features): number[] {
  if (features.shared) return [];
  let offset = 0;
  return features.inputs.flatMap((input) => {
    const at = offset;
    offset += widthOf(input);
    return input.kind === 'number' && !varies(input) ? [at] : [];
  });
}

/** The power of the weight that each of a strategy's tensors goes by. */
const statePowers = { fisher: -2, importance: -2, offset: 1, head: 1 } as const;

/** The power of the gradient that each optimizer slot is an average of. */
const gradientPowers = { m: 1, v: 2, accumulation: 1, meanSquare: 2, accumulator: 2 } as const;

/** From one scaling to another, input by input. */
class Move {
  /** s'/s; 1 for an input that begins to vary. */
  private readonly growth: Float64Array;
  /** (m' - m)/s */
  private readonly shift: Float64Array;
  /** 0 for an input that begins to vary. It has said nothing so far, and is like a new column: its weights begin at zero. */
  private readonly heard: Uint8Array;

  constructor(before: Features, after: Features) {
    const [from, to] = [scaling(before), scaling(after)];
    this.growth = to.scale.map((scale, input) => scale / from.scale[input]!);
    this.shift = to.mean.map((mean, input) => (mean - from.mean[input]!) / from.scale[input]!);
    this.heard = new Uint8Array(before.width).fill(1);
    const still = new Set(constantInputs(after));
    for (const input of constantInputs(before).filter((place) => !still.has(place))) {
      this.heard[input] = 0;
      this.growth[input] = 1;
    }
  }

  /** Each row times a power of how its scale grew; the power is 1 for what is a weight itself. */
  rows(values: Float32Array, power: number): Float32Array {
    const units = values.length / this.growth.length;
    return values.map((value, i) => {
      const input = Math.floor(i / units);
      return power === 1 && this.heard[input] === 0 ? 0 : value * this.growth[input]! ** power;
    });
  }

  /** The bias that makes up for the means that moved. */
  bias(biases: Float32Array, weights: Float32Array): Float32Array {
    const shifted = Float64Array.from(biases);
    weights.forEach((weight, i) => {
      const input = Math.floor(i / biases.length);
      shifted[i % biases.length]! += weight * this.shift[input]! * this.heard[input]!;
    });
    return Float32Array.from(shifted);
  }
}
