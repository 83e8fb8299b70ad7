import type * as tf from '@tensorflow/tfjs';
import { emit, reachable, type Surroundings } from './emit';
import { attribute, type Graph } from './graph';
import { DataType, dataType } from './native';
import type { Sources } from './rows';
import type { Call } from './session';
import type { Spec } from './tensors';
import type { Ref, Trace } from './trace';

/**
 * How a step is run:
 * - `stateful`: one step, its inputs fed by the caller;
 * - `gathered`: one step, its rows picked by number out of resident data;
 * - `loop`: any number of such steps in one call.
 */
export type Form = 'stateful' | 'gathered' | 'loop';

/** Operations of a step from which a loop cannot gain: it saves a call for each step, and costs another graph to optimise. */
export const longStep = 2000;

/** A trace, and what its copies in the graph need to know. */
export interface Part extends Sources {
  trace: Trace;
  /** What each input of the step looks like. */
  specs: Spec[];
  seed: number;
  /** Counts the steps where the step draws random numbers. */
  counter?: tf.Variable | undefined;
  /** The name of a variable's handle in the graph. */
  handle(variable: tf.Variable): string;
  /** The name of the handle of the variable with an input's rows. */
  resident(input: number): string;
}

const type = (dtype: number) => attribute.type(dtype);
const float = DataType.float32;
const int = DataType.int32;

/** The tensors that an optimizer keeps, and the learning rates, that the trace reads. */
export function fed(trace: Trace) {
  const live = [...reachable(trace)].sort((a, b) => a - b).map((i) => trace.nodes[i]!);
  const rates = [...new Set(live.flatMap((n) => (n.kind === 'rate' ? [n.optimizer] : [])))];
  const held = [...new Map(live.flatMap((n) => (n.kind === 'held' ? [[`${n.optimizer} ${n.property}`, n] as const] : []))).values()];
  return { rates, held };
}

/** Writes one form of the step into the graph. The call feeds the inputs that are not resident, row numbers, rates, kept tensors and, for a loop, the number of steps. */
export function writeForm(graph: Graph, form: Form, prefix: string, part: Part): Call {
  return form === 'loop' ? writeLoop(graph, prefix, part) : writeOnce(graph, form, prefix, part);
}

/** The inputs, and what else a call feeds; `order` has the placeholders as it feeds them. */
function placeholders(graph: Graph, form: Form, prefix: string, { trace, specs, groups, resident }: Part) {
  const perStep = form === 'loop' ? [-1] : [];
  const batchOf = (group: number) => specs[groups.indexOf(group)]!.shape[0]!;
  const data = new Map<string, string>();
  const read = (handle: string, dtype: number) => data.get(handle) ?? data.set(handle, graph.add('ReadVariableOp', [handle], { dtype: type(dtype) })).get(handle)!;
  const inputs = specs.map(({ dtype, shape }, i) => (groups[i] === undefined ? graph.placeholder(`${prefix}x${i}`, dataType(dtype), shape) : read(resident(i), dataType(dtype))));
  const groupCount = Math.max(-1, ...groups.map((g) => g ?? -1)) + 1;
  const indices = Array.from({ length: groupCount }, (_, g) => graph.placeholder(`${prefix}i${g}`, int, [...perStep, batchOf(g)]));
  const needs = fed(trace);
  const rates = new Map(needs.rates.map((k) => [k, graph.placeholder(`${prefix}r${k}`, float, perStep)]));
  const held = new Map(needs.held.map((n, k) => [`${n.optimizer} ${n.property}`, graph.placeholder(`${prefix}h${k}`, n.dtypes[0]!, n.shapes[0]!)]));
  const order = [...inputs.filter((_, i) => groups[i] === undefined), ...indices, ...rates.values(), ...held.values()];
  return { inputs, indices, rates, held, order };
}

const gather = (graph: Graph, data: string, index: string, dtype: number, after: string[]): string =>
  graph.add('GatherV2', [data, index, graph.scalar('int32', 0, after)], { Tparams: type(dtype), Tindices: type(int), Taxis: type(int) });

/** Reads each variable at most once, at the step's start. */
function reader(graph: Graph, handle: (variable: tf.Variable) => string, after: string[]) {
  const reads = new Map<tf.Variable, string>();
  const read = (variable: tf.Variable): string => {
    let name = reads.get(variable);
    if (!name) reads.set(variable, (name = graph.add('ReadVariableOp', [handle(variable), ...after], { dtype: type(dataType(variable.dtype)) })));
    return name;
  };
  return { reads, read };
}

/** Assigns the new values, each after its variable was read, and after the nodes `last`. Gives the names of the assignments. */
function assign(graph: Graph, part: Part, writes: { variable: tf.Variable; value: string }[], handle: (v: tf.Variable) => string, { reads, read }: ReturnType<typeof reader>, after: string[], last: string[] = []): string[] {
  const { counter, trace } = part;
  const all = writes.map((write, i) => {
    const dtype = type(dataType(write.variable.dtype));
    // A fed tensor's memory belongs to JavaScript and must not outlive the call inside a variable.
    const value = borrowed(trace, trace.writes[i]!.value) ? graph.add('DeepCopy', [write.value], { T: dtype }) : write.value;
    return { variable: write.variable, value, dtype };
  });
  if (counter) all.push({ variable: counter, value: graph.add('AddV2', [read(counter), graph.scalar('int32', 1, after)], { T: type(int) }), dtype: type(int) });
  return all.map(({ variable, value, dtype }) => {
    const order = reads.has(variable) ? [`^${reads.get(variable)}`] : after;
    return graph.add('AssignVariableOp', [handle(variable), value, ...order, ...last], { dtype });
  });
}

function borrowed(trace: Trace, { node }: Ref): boolean {
  const source = trace.nodes[node]!;
  if (source.kind !== 'op') return source.kind !== 'constant' && source.kind !== 'random' && source.kind !== 'variable';
  return /^(Reshape|Identity|ExpandDims|Squeeze|Cast)$/.test(source.op) && borrowed(trace, source.inputs[0]!);
}

function writeOnce(graph: Graph, form: Form, prefix: string, part: Part): Call {
  const feeds = placeholders(graph, form, prefix, part);
  const state = reader(graph, part.handle, []);
  const rows = new Map<number, string>();
  const around: Surroundings = {
    after: [],
    read: state.read,
    counter: () => state.read(part.counter!),
    rate: (k) => feeds.rates.get(k)!,
    held: (k, property) => feeds.held.get(`${k} ${property}`)!,
    input: (i) => {
      const group = part.groups[i];
      if (group === undefined) return feeds.inputs[i]!;
      if (!rows.has(i)) rows.set(i, gather(graph, feeds.inputs[i]!, feeds.indices[group]!, dataType(part.specs[i]!.dtype), []));
      return rows.get(i)!;
    },
  };
  const { outputs, writes } = emit(part.trace, graph, around, part.seed);
  // A step that fails, at a row or a class that is not there, fails before it has its outputs, and has assigned nothing then.
  const last = [...new Set(outputs.map((name) => `^${name.split(':')[0]}`))];
  const done = assign(graph, part, writes, part.handle, state, [], last).map((name) => `^${name}`);
  const names = part.trace.outputs.map((ref, i) => graph.add('Identity', [outputs[i]!, ...(i === 0 ? done : [])], { T: type(dtypeOf(part.trace, ref)) }, `${prefix}o${i}`));
  if (names.length === 0) names.push(graph.add('Identity', [graph.scalar('int32', 0), ...done], { T: type(int) }, `${prefix}done`));
  return { inputs: feeds.order, outputs: names };
}

const dtypeOf = (trace: Trace, { node, port }: Ref): number => trace.nodes[node]!.dtypes[port]!;

/** TensorFlow's while loop of primitive nodes: Enter, Merge, Switch, NextIteration, Exit (Yu et al., EuroSys 2018, "Dynamic Control Flow"). */
function writeLoop(graph: Graph, prefix: string, part: Part): Call {
  const feeds = placeholders(graph, 'loop', prefix, part);
  const steps = graph.placeholder(`${prefix}n`, int, []);
  const frame = { frame_name: attribute.text(prefix), parallel_iterations: attribute.integer(1) };
  const enter = (value: string, dtype: number, constant: boolean) => graph.add('Enter', [value], { ...frame, T: type(dtype), is_constant: attribute.truth(constant) });
  const entered = new Map<string, string>();
  const outside = (value: string, dtype: number): string => {
    if (!entered.has(value)) entered.set(value, enter(value, dtype, true));
    return entered.get(value)!;
  };
  const loopVariable = (start: string, dtype: number, next: string) => graph.add('Merge', [enter(start, dtype, false), next], { T: type(dtype), N: attribute.integer(2) });

  const count = loopVariable(graph.scalar('int32', 0), int, `${prefix}next`);
  const more = graph.add('LoopCond', [graph.add('Less', [count, outside(steps, int)], { T: type(int) })]);
  const body = (value: string, dtype: number) => {
    const at = graph.add('Switch', [value, more], { T: type(dtype) });
    return { now: graph.add('Identity', [`${at}:1`], { T: type(dtype) }), end: graph.add('Exit', [at], { T: type(dtype) }) };
  };
  const { now: step, end } = body(count, int);
  const after = [`^${step}`];

  const handle = (variable: tf.Variable) => outside(part.handle(variable), DataType.resource);
  const state = reader(graph, handle, after);
  const picked = new Map<string, string>();
  /** This step's entry of a fed list. */
  const entry = (list: string, dtype: number): string => {
    if (!picked.has(list)) picked.set(list, gather(graph, outside(list, dtype), step, dtype, after));
    return picked.get(list)!;
  };
  const rows = new Map<number, string>();
  const around: Surroundings = {
    after,
    read: state.read,
    counter: () => state.read(part.counter!),
    rate: (k) => entry(feeds.rates.get(k)!, float),
    held: (k, property) => outside(feeds.held.get(`${k} ${property}`)!, float),
    input: (i) => {
      const dtype = dataType(part.specs[i]!.dtype);
      const data = outside(feeds.inputs[i]!, dtype);
      const group = part.groups[i];
      if (group === undefined) return data;
      if (!rows.has(i)) rows.set(i, gather(graph, data, entry(feeds.indices[group]!, int), dtype, after));
      return rows.get(i)!;
    },
  };
  const { outputs, writes } = emit(part.trace, graph, around, part.seed);
  const done = assign(graph, part, writes, handle, state, after).map((name) => `^${name}`);

  // Each step writes its outputs into arrays; the arrays' flow values keep the order.
  const stacks = part.trace.outputs.map((ref, i) => {
    const dtype = dtypeOf(part.trace, ref);
    const array = graph.add('TensorArrayV3', [steps], { dtype: type(dtype), element_shape: attribute.shape(part.trace.nodes[ref.node]!.shapes[ref.port]!) });
    const { now, end: flow } = body(loopVariable(`${array}:1`, float, `${prefix}f${i}`), float);
    const written = graph.add('TensorArrayWriteV3', [outside(array, DataType.resource), step, outputs[i]!, now], { T: type(dtype) });
    graph.add('NextIteration', [written], { T: type(float) }, `${prefix}f${i}`);
    return { array, flow, dtype };
  });
  const following = graph.add('AddV2', [step, graph.scalar('int32', 1, after)], { T: type(int) });
  graph.add('NextIteration', [following, ...done], { T: type(int) }, `${prefix}next`);

  const all = graph.add('Range', [graph.scalar('int32', 0), steps, graph.scalar('int32', 1)], { Tidx: type(int) });
  const names = stacks.map(({ array, flow, dtype }, i) => graph.add('TensorArrayGatherV3', [array, all, flow], { dtype: type(dtype) }, `${prefix}o${i}`));
  if (names.length === 0) names.push(graph.add('Identity', [end], { T: type(int) }, `${prefix}done`));
  return { inputs: [...feeds.order, steps], outputs: names };
}
