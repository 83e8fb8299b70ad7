import type * as tf from '@tensorflow/tfjs';
import { attribute, recordedAttribute, type Graph } from './graph';
import { DataType } from './native';
import { randomKey, statelessOp } from './random';
import type { Node, Ref, Trace } from './trace';

/** Where a copy of the step gets its values from; the forms differ in nothing else. */
export interface Surroundings {
  /** Order constraints for nodes without inputs: in a loop they tie a constant to its iteration. */
  after: string[];
  input(index: number): string;
  read(variable: tf.Variable): string;
  held(optimizer: number, property: string): string;
  rate(optimizer: number): string;
  /** The number of the step, an int32 scalar; asked for only by random ops. */
  counter(): string;
  /** The number of rows, an int32 scalar; asked for only where it is not fixed. */
  rows?(): string;
}

/** Writes the trace's nodes into the graph. Gives the names of the step's outputs and of the variables' new values. */
export function emit(trace: Trace, graph: Graph, around: Surroundings, seed: number) {
  const names: (string | undefined)[] = [];
  const live = reachable(trace);
  let randoms = 0;
  const name = ({ node, port }: Ref): string => (port === 0 ? names[node]! : `${names[node]}:${port}`);
  const write = (node: Node, ordinal: number): string => {
    if (node.kind === 'input') return around.input(node.index);
    if (node.kind === 'variable') return around.read(node.variable);
    if (node.kind === 'held') return around.held(node.optimizer, node.property);
    if (node.kind === 'constant') return graph.constant(node.dtypes[0]!, node.shapes[0]!, node.values, around.after);
    if (node.kind === 'random') return emitRandom(node, graph, around, randomKey(seed, ordinal));
    if (node.kind === 'sizes') return emitSizes(node, graph, around);
    if (node.kind === 'rate') {
      const rate = around.rate(node.optimizer);
      return node.negative ? graph.add('Neg', [rate], { T: attribute.type(DataType.float32) }) : rate;
    }
    const attributes = Object.fromEntries(node.attributes.map((a) => [a.name, recordedAttribute(a)]));
    return graph.add(node.op, node.inputs.map(name), attributes);
  };
  trace.nodes.forEach((node, i) => {
    const ordinal = node.kind === 'random' ? randoms++ : 0;
    if (live.has(i)) names[i] = write(node, ordinal);
  });
  return {
    outputs: trace.outputs.map(name),
    writes: trace.writes.map(({ variable, value }) => ({ variable, value: name(value) })),
  };
}

function emitRandom(node: Extract<Node, { kind: 'random' }>, graph: Graph, { after, counter }: Surroundings, key: number): string {
  const type = (value: number) => attribute.type(value);
  const { distribution, scale, shift } = node.random;
  const size = graph.constant(DataType.int32, [node.shapes[0]!.length], Int32Array.from(node.shapes[0]!), after);
  const seed = graph.add('Pack', [graph.scalar('int32', key, after), counter()], { T: type(DataType.int32), N: attribute.integer(2), axis: attribute.integer(0) });
  const draw = graph.add(statelessOp[distribution], [size, seed], { T: type(DataType.int32), dtype: type(DataType.float32), Tseed: type(DataType.int32) });
  if (scale === 1 && shift === 0) return draw;
  const float = { T: type(DataType.float32) };
  const scaled = graph.add('Mul', [draw, graph.scalar('float32', scale, after)], float);
  return graph.add('AddV2', [scaled, graph.scalar('float32', shift, after)], float);
}

function emitSizes(node: Extract<Node, { kind: 'sizes' }>, graph: Graph, { after, rows }: Surroundings): string {
  const type = { T: attribute.type(DataType.int32) };
  const parts = node.sizes.map((size) => ('fixed' in size ? graph.scalar('int32', size.fixed, after) : graph.add('Mul', [rows!(), graph.scalar('int32', size.perRow, after)], type)));
  const scalar = node.fill === undefined && node.shapes[0]!.length === 0;
  const sizes = scalar ? parts[0]! : graph.add('Pack', parts, { ...type, N: attribute.integer(parts.length), axis: attribute.integer(0) });
  if (node.fill === undefined) return sizes;
  const dtype = node.dtypes[0]!;
  const value = graph.constant(dtype, [], dtype === DataType.float32 ? Float32Array.of(node.fill) : dtype === DataType.int32 ? Int32Array.of(node.fill) : Uint8Array.of(node.fill), after);
  return graph.add('Fill', [sizes, value], { T: attribute.type(dtype), index_type: attribute.type(DataType.int32) });
}

/** The nodes that an output or a new value needs. */
export function reachable(trace: Trace): Set<number> {
  const live = new Set<number>();
  const queue = [...trace.outputs, ...trace.writes.map((w) => w.value)].map((ref) => ref.node);
  while (queue.length > 0) {
    const index = queue.pop()!;
    if (live.has(index)) continue;
    live.add(index);
    const node = trace.nodes[index]!;
    if (node.kind === 'op') queue.push(...node.inputs.map((ref) => ref.node));
  }
  return live;
}
