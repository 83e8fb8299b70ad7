import type { Optimizer } from '@tensorflow/tfjs';
import type * as tf from '@tensorflow/tfjs';
import type { Tensors } from './tensors';
import type { OpAttribute, Values } from './native';

/** One output of one node. */
export interface Ref {
  node: number;
  port: number;
}
export const keyOf = ({ node, port }: Ref): string => `${node}:${port}`;

/** How a random tensor was drawn: `shift + scale · draw`, the draw from [0, 1), N(0, 1), or N(0, 1) cut at two deviations. */
export interface Random {
  distribution: 'uniform' | 'normal' | 'truncated normal';
  scale: number;
  shift: number;
}

/** A fixed size, or a multiple of the number of rows. */
export type Size = { fixed: number } | { perRow: number };

/** A value of a step, in single-assignment form. */
export type Node = { scope: string; shapes: number[][]; dtypes: number[] } & (
  | { kind: 'input'; index: number }
  | { kind: 'variable'; variable: tf.Variable }
  /** A tensor that an optimizer keeps, such as SGD's learning rate. */
  | { kind: 'held'; optimizer: number; property: string }
  | { kind: 'constant'; values: Values }
  | { kind: 'random'; random: Random }
  /** An optimizer's learning rate, or its negative. */
  | { kind: 'rate'; optimizer: number; negative: boolean }
  /** Sizes, or a tensor of such a shape filled with one value: each a number, or so many times the number of rows. */
  | { kind: 'sizes'; sizes: Size[]; fill?: number }
  | { kind: 'op'; op: string; attributes: OpAttribute[]; inputs: Ref[] }
);
export type Op = Extract<Node, { kind: 'op' }>;

/** An optimizer that the step uses, and how many updates it makes in a step. */
export interface OptimizerUse {
  optimizer: Optimizer & { learningRate?: number; setLearningRate?(rate: number): void; iterations_?: number };
  updates: number;
}

/** All that one run of a step did. */
export interface Trace {
  nodes: Node[];
  outputs: Ref[];
  /** What the outputs were in this run. */
  results: Float32Array[];
  /** The variables that the step left with another value. */
  writes: { variable: tf.Variable; value: Ref }[];
  optimizers: OptimizerUse[];
  /** The nest of the outputs, filled with what the run gave (disposed of). */
  nest: Tensors;
}
