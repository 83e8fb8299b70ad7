import type * as tf from '@tensorflow/tfjs';
import { reachable } from './emit';
import { CannotCompile } from './errors';
import { DataType, type Values } from './native';
import { pin } from './pin';
import { unknownParameters } from './random';
import { simplify } from './simplify';
import type { Node, OptimizerUse, Ref, Trace } from './trace';

type Constant = Extract<Node, { kind: 'constant' }>;

/**
 * One trace out of two of the same step, run on different data, with different learning rates and random numbers.
 * What is the same in both is fixed; what follows the learning rate is fed; all else that differs was computed in
 * JavaScript and would stay frozen in the graph.
 *
 * @param rates the optimizers' learning rates in the first and in the second run
 * @throws CannotCompile naming what differs
 */
export function merge(first: Trace, second: Trace, rates: readonly (readonly [number, number])[]): Trace {
  if (first.nodes.length !== second.nodes.length) throw new CannotCompile(branches(first, second));
  const nodes = first.nodes.map((node, i) => mergeNode(node, second.nodes[i]!, () => consumer(first, i), rates, first.optimizers));
  if (results(first) !== results(second)) throw new CannotCompile(branches(first, second));
  return pin(simplify({ ...first, nodes }));
}

/** All that a trace does, as text: the same for two traces that are the same graph. */
export function meaning(trace: Trace): string {
  const nodes = trace.nodes.map((node) => describe(node) + (node.kind === 'constant' ? bytesOf(node.values).toString('base64') : ''));
  return [...nodes, results(trace), trace.optimizers.map(({ updates }) => updates).join()].join('\n');
}

const results = ({ outputs, writes }: Trace): string => JSON.stringify([outputs, writes.map(({ variable, value }) => [variable.name, value])]);

/** The trace without what nothing comes of; random tensors stay, since each draw has its number. */
export function live(trace: Trace): Trace {
  const needed = reachable(trace);
  const moved = new Map<number, number>();
  const nodes = trace.nodes.filter((node, i) => (needed.has(i) || node.kind === 'random') && moved.set(i, moved.size));
  const now = ({ node, port }: Ref): Ref => ({ node: moved.get(node)!, port });
  return {
    ...trace,
    nodes: nodes.map((node) => (node.kind === 'op' ? { ...node, inputs: node.inputs.map(now) } : node)),
    outputs: trace.outputs.map(now),
    writes: trace.writes.map(({ variable, value }) => ({ variable, value: now(value) })),
  };
}

function mergeNode(a: Node, b: Node, user: () => string, rates: readonly (readonly [number, number])[], optimizers: OptimizerUse[]): Node {
  if (a.kind === 'constant' && b.kind === 'constant') return mergeConstant(a, b, user, rates);
  if (a.kind === 'random' && b.kind === 'random' && a.random.distribution === b.random.distribution && String(a.shapes) === String(b.shapes) && describe(a) !== describe(b)) {
    throw new CannotCompile(unknownParameters(a.shapes[0]!));
  }
  if (describe(a) !== describe(b)) {
    throw new CannotCompile(`the step does not do the same each time: ${nameOf(a)} in ${a.scope || 'the step'}, then ${nameOf(b)}; its shapes, attributes and branches must not depend on the data`);
  }
  if (a.kind === 'held') return heldRate(a, optimizers) ?? a;
  return a;
}

function mergeConstant(a: Constant, b: Constant, user: () => string, rates: readonly (readonly [number, number])[]): Node {
  if (String(a.shapes) === String(b.shapes) && a.dtypes[0] === b.dtypes[0] && sameBits(a.values, b.values)) return a;
  if (a.values.length === 1 && b.values.length === 1 && a.dtypes[0] === DataType.float32) {
    for (const [optimizer, [before, after]] of rates.entries()) {
      for (const sign of [1, -1]) {
        if (a.values[0] === Math.fround(sign * before) && b.values[0] === Math.fround(sign * after)) {
          return { scope: a.scope, shapes: a.shapes, dtypes: a.dtypes, kind: 'rate', optimizer, negative: sign < 0 };
        }
      }
    }
  }
  const example = a.values.length === 1 && b.values.length === 1 ? ` (${a.values[0]}, then ${b.values[0]})` : ` of shape [${a.shapes[0]!.join()}]`;
  throw new CannotCompile(`a value computed in JavaScript${example}, used by ${user()}, is not the same each time; pass it among the inputs, or keep it in a tf.variable`);
}

/** SGD and momentum keep their negative learning rate as a tensor: it is the rate, not a constant. */
function heldRate(node: Extract<Node, { kind: 'held' }>, optimizers: OptimizerUse[]): Node | undefined {
  const optimizer = optimizers[node.optimizer]!.optimizer as OptimizerUse['optimizer'] & Record<string, tf.Tensor>;
  const value = optimizer[node.property]!.dataSync()[0];
  if (node.property !== 'c' || value !== Math.fround(-(optimizer.learningRate ?? NaN))) return undefined;
  return { scope: '', shapes: node.shapes, dtypes: node.dtypes, kind: 'rate', optimizer: node.optimizer, negative: true };
}

/** All that must be the same in both runs. */
function describe(node: Node): string {
  const { kind, shapes, dtypes } = node;
  if (kind === 'op') return JSON.stringify([node.op, node.attributes, node.inputs, shapes, dtypes]);
  if (kind === 'held') return JSON.stringify([kind, node.optimizer, node.property, shapes, dtypes]);
  if (kind === 'variable') return JSON.stringify([kind, node.variable.name, shapes, dtypes]);
  if (kind === 'random') return JSON.stringify([kind, node.random, shapes]);
  if (kind === 'input') return JSON.stringify([kind, node.index, shapes, dtypes]);
  if (kind === 'rate') return JSON.stringify([kind, node.optimizer, node.negative]);
  return JSON.stringify([kind, shapes, dtypes]);
}

const nameOf = (node: Node): string => `${node.kind === 'op' ? node.op : node.kind} [${node.shapes.map((s) => s.join()).join('; ')}]`;

function consumer(trace: Trace, index: number): string {
  const user = trace.nodes.find((node) => node.kind === 'op' && node.inputs.some((ref) => ref.node === index));
  return user?.kind === 'op' ? `${user.op}${user.scope ? ` in ${user.scope}` : ''}` : 'an output';
}

function branches(a: Trace, b: Trace): string {
  const i = a.nodes.findIndex((node, at) => b.nodes[at] === undefined || nameOf(node) !== nameOf(b.nodes[at]!));
  const where = a.nodes[i < 0 ? a.nodes.length - 1 : i]!;
  return `the step takes different branches: two runs part at ${nameOf(where)}${where.scope ? ` in ${where.scope}` : ''}; express the branch with tensors (tf.where), or compile each branch by itself`;
}

const bytesOf = (values: Values): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const sameBits = (a: Values, b: Values): boolean => bytesOf(a).equals(bytesOf(b));
