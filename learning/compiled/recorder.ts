import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { DataType, dataType, engine, nativeBackend, opScopes, typeAttribute, upload, type Binding, type Made, type NativeBackend, type OpAttribute, type Values } from './native';
import { RandomWatch } from './random';
import { hostRead, opRefusal, usesDisposed } from './refusals';
import { allVariables, countUpdates, meetOptimizers } from './state';
import { leaves, type Tensors } from './tensors';
import type { Node, OptimizerUse, Random, Ref, Trace } from './trace';

/**
 * Runs the step once, for real, while an object derived from the native binding stands in its place and writes down
 * every op. The binding's tensor ids name one value each, so tfjs's reuse of data, its clones and its assignments
 * come out right by themselves.
 *
 * The step's variables are left as the step leaves them: the caller puts them back.
 *
 * @param inputs tensors of the caller's own making, used nowhere else
 * @param stream which stream of random numbers tfjs draws from
 * @param made told of each variable that the step makes, such as an optimizer's slot: the trace has it as if it had been
 *   there before. Default: such a step is refused
 */
export function record(step: (inputs: Tensors) => Tensors, inputs: Tensors, stream: number, made?: (variable: tf.Variable) => void): Trace {
  return new Recorder(nativeBackend(), made).run(step, inputs, stream);
}

class Recorder {
  private readonly nodes: Node[] = [];
  /** Which value a tensor id of the binding stands for. */
  private readonly values = new Map<number, Ref>();
  /** The nodes whose value may differ from step to step. */
  private readonly varying = new Set<number>();
  private readonly written = new Map<object, Random | undefined>();
  private readonly before = new Map<tf.Variable, number>();
  /** Variables by the id of their first value: nodes from when an op first needs them. */
  private readonly variables = new Map<number, tf.Variable>();
  /** Tensors from before the step whose keeper is not known yet: an optimizer, or nobody that may. */
  private readonly kept: { id: number; node: number; what: string }[] = [];
  private readonly real: Binding;
  private names: string[] = [];
  private current: Random | undefined;
  /** Why the step cannot be a graph. The run goes on to its end: an error inside of a gradient would leave tfjs's tape behind, with all that it holds. */
  private refusal: CannotCompile | undefined;

  constructor(private readonly backend: NativeBackend, private readonly made: ((variable: tf.Variable) => void) | undefined) {
    this.real = backend.binding;
  }

  run(step: (inputs: Tensors) => Tensors, inputs: Tensors, stream: number): Trace {
    this.names = leaves(inputs).map(({ path }) => path.join('.'));
    leaves(inputs).forEach(({ tensor }, index) => this.source(upload(this.backend, tensor), tensor, { kind: 'input', index }));
    allVariables().forEach((variable) => this.adopt(variable));

    const uses = new Map<OptimizerUse['optimizer'], number>();
    const watch = new RandomWatch(stream);
    // An optimizer that is not tfjs's own may not count its updates, and has a learning rate all the same.
    const stopMeeting = meetOptimizers((optimizer) => void (uses.has(optimizer) || uses.set(optimizer, 0)));
    const stopCounting = countUpdates((optimizer) => uses.set(optimizer, (uses.get(optimizer) ?? 0) + 1));
    this.install(watch);
    let trace: Trace | undefined;
    try {
      tf.tidy(() => {
        const nest = step(inputs);
        const found = leaves(nest);
        const outputs = found.map(({ tensor }) => this.valueOf(upload(this.backend, tensor), 'an output'));
        trace = { nodes: this.nodes, outputs, results: found.map(({ tensor }) => Float32Array.from(this.real.tensorDataSync(upload(this.backend, tensor)))), writes: this.writes(), nest, optimizers: [...uses].map(([optimizer, updates]) => ({ optimizer, updates })) };
        // Loss functions keep their metrics alive for the caller; here nobody needs them.
        for (const { tensor } of found) if (!(tensor instanceof tf.Variable)) tensor.dispose();
      });
    } catch (error) {
      // What fails after a refusal fails in an eager step too, and is said there.
      throw this.refusal ?? watch.refusal ?? (/Tensor is disposed/.test(String(error)) ? usesDisposed() : error);
    } finally {
      this.uninstall();
      watch.stop();
      stopCounting();
      stopMeeting();
    }
    const refusal = this.refusal ?? watch.refusal;
    if (refusal) throw refusal;
    this.findKeepers(trace!.optimizers);
    return trace!;
  }

  private install(watch: RandomWatch): void {
    const { backend, real } = this;
    const original = { getInputTensorIds: backend.getInputTensorIds, write: backend.write, readSync: backend.readSync };
    const recording = Object.create(real, {
      createTensor: { value: (...[shape, dtype, values]: Parameters<Binding['createTensor']>) => this.createTensor(shape, dtype, values) },
      executeOp: { value: (...[op, attributes, inputs, count]: Parameters<Binding['executeOp']>) => this.executeOp(op, attributes, inputs, count) },
      tensorDataSync: { value: (id: number) => this.read(id) },
    }) as Binding;
    backend.binding = recording;
    backend.write = (values, shape, dtype) => {
      const id = original.write.call(backend, values, shape, dtype);
      this.written.set(id, watch.classify(values, shape, dtype));
      return id;
    };
    backend.readSync = (dataId) => {
      const { values, shape } = backend.tensorMap.get(dataId);
      if (values !== null && this.written.get(dataId)) this.refusal ??= hostRead('a random tensor', shape);
      return original.readSync.call(backend, dataId);
    };
    backend.read = (dataId) => {
      const { id, values, shape } = backend.tensorMap.get(dataId);
      this.refusal ??= hostRead('a tensor', shape);
      return Promise.resolve(values ?? real.tensorDataSync(id));
    };
    // A tensor's data is uploaded when an op first needs it: an older tensor would then look like a constant.
    backend.getInputTensorIds = (tensors) => tensors.map((tensor) => {
      if (tensor.dataId !== undefined && !engine().state.tensorInfo.has(tensor.dataId)) throw usesDisposed();
      const waiting = tensor.dataId !== undefined && backend.tensorMap.get(tensor.dataId).values !== null;
      if (waiting && !this.written.has(tensor.dataId)) backend.binding = real;
      this.current = waiting ? this.written.get(tensor.dataId) : undefined;
      const id = original.getInputTensorIds.call(backend, [tensor])[0]!;
      backend.binding = recording;
      return id;
    });
    const { made } = this;
    if (!made) return;
    const { makeVariable } = engine();
    engine().makeVariable = (...args) => {
      const variable = makeVariable.apply(engine(), args);
      this.adopt(variable);
      made(variable);
      return variable;
    };
  }

  private uninstall(): void {
    this.backend.binding = this.real;
    for (const name of ['getInputTensorIds', 'write', 'readSync', 'read'] as const) delete (this.backend as Partial<NativeBackend>)[name];
    delete (engine() as { makeVariable?: unknown }).makeVariable;
  }

  /** Takes a variable's value of now for the one that it begins the step with. */
  private adopt(variable: tf.Variable): void {
    const id = upload(this.backend, variable);
    this.values.delete(id);
    this.variables.set(id, variable);
    this.before.set(variable, id);
  }

  /** A value that exists before the step begins. */
  private source(id: number, { shape, dtype }: tf.Tensor, what: { kind: 'input'; index: number } | { kind: 'variable'; variable: tf.Variable }): Ref {
    this.varying.add(this.nodes.length);
    const ref = { node: this.nodes.length, port: 0 };
    this.values.set(id, ref);
    this.nodes.push({ ...what, scope: '', shapes: [shape.slice()], dtypes: [dataType(dtype)] } as Node);
    return ref;
  }

  /** Tells the tensors that an optimizer keeps, such as SGD's learning rate, from those that nobody may use in a step. */
  private findKeepers(optimizers: readonly OptimizerUse[]): void {
    for (const { id, node, what } of this.kept) {
      const found = optimizers.flatMap(({ optimizer }, index) => Object.entries(optimizer)
        .filter(([, value]) => value instanceof tf.Tensor && upload(this.backend, value) === id)
        .map(([property, { shape, dtype }]: [string, tf.Tensor]) => ({ optimizer: index, property, shapes: [shape.slice()], dtypes: [dataType(dtype)] })));
      if (!found[0]) throw new CannotCompile(`${what} is a tensor from outside of the step; pass it among the inputs, or make it a tf.variable`);
      this.nodes[node] = { kind: 'held', scope: '', ...found[0] };
    }
  }

  private createTensor(shape: number[], dtype: number, values: Values): number {
    const id = this.real.createTensor(shape, dtype, values);
    const common = { scope: opScopes().join('/'), shapes: [shape.slice()], dtypes: [dtype] };
    const random = this.current;
    this.current = undefined;
    if (random) this.varying.add(this.nodes.length);
    this.values.set(id, { node: this.nodes.length, port: 0 });
    this.nodes.push(random ? { ...common, kind: 'random', random } : { ...common, kind: 'constant', values: values.slice() });
    return id;
  }

  private executeOp(op: string, attributes: OpAttribute[], ids: number[], count: number): Made[] {
    const inputs = ids.map((id) => this.valueOf(id, `an input of ${op}`));
    const varies = inputs.some((input) => this.varying.has(input.node));
    this.refusal ??= opRefusal(op, attributes, varies);
    const made = this.real.executeOp(op, attributes, ids, count);
    // Eager execution finds the types of this op by itself, and tfjs leaves them out.
    if (op === 'ExpandDims') attributes = [typeAttribute('T', made[0]!.dtype), typeAttribute('Tdim', DataType.int32)];
    const node = this.nodes.length;
    if (varies) {
      this.varying.add(node);
      inputs.forEach((input, i) => this.fold(input, ids[i]!));
    }
    made.forEach((output, port) => this.values.set(output.id, { node, port }));
    this.nodes.push({
      kind: 'op', op, attributes, inputs, scope: opScopes().join('/'), shapes: made.map((m) => m.shape), dtypes: made.map((m) => m.dtype),
    });
    return made;
  }

  /** What an op computed from constants alone is a constant. */
  private fold({ node, port }: Ref, id: number): void {
    const { kind, shapes, dtypes, scope } = this.nodes[node]!;
    if (kind !== 'op' || this.varying.has(node) || port !== 0 || shapes.length !== 1 || dtypes[0] === DataType.int64) return;
    this.nodes[node] = { kind: 'constant', values: this.real.tensorDataSync(id), shapes, dtypes, scope };
  }

  /** A value read in JavaScript is fixed for ever in the graph, and so is every branch taken on it. */
  private read(id: number): Values {
    const ref = this.valueOf(id, 'a value read');
    // tf.gather reads its indices to check them; TensorFlow checks them again.
    if (this.varying.has(ref.node) && opScopes().at(-1) !== 'gather') {
      const node = this.nodes[ref.node]!;
      const name = node.kind === 'op' ? `the result of ${node.op}` : node.kind === 'input' ? `the input ${this.names[node.index]}` : node.kind === 'held' ? 'a tensor from outside of it' : `a ${node.kind}`;
      this.refusal ??= hostRead(name, node.shapes[ref.port]!);
    }
    return this.real.tensorDataSync(id);
  }

  private valueOf(id: number, what: string): Ref {
    const ref = this.values.get(id);
    if (ref) return ref;
    const variable = this.variables.get(id);
    if (variable) return this.source(id, variable, { kind: 'variable', variable });
    const kept = { node: this.nodes.length, port: 0 };
    this.kept.push({ id, node: kept.node, what });
    this.varying.add(kept.node);
    this.values.set(id, kept);
    this.nodes.push({ kind: 'held', optimizer: -1, property: '', scope: '', shapes: [[]], dtypes: [DataType.float32] });
    return kept;
  }

  private writes(): Trace['writes'] {
    const writes: Trace['writes'] = [];
    for (const variable of allVariables()) {
      if (!this.before.has(variable)) throw new CannotCompile(`the step makes the variable ${variable.name} anew each time; make it once, outside`);
      const id = upload(this.backend, variable);
      if (id !== this.before.get(variable)) writes.push({ variable, value: this.valueOf(id, `the new value of ${variable.name}`) });
    }
    for (const variable of this.before.keys()) {
      if (variable.isDisposed) throw new CannotCompile(`the step disposes of the variable ${variable.name}`);
    }
    return writes;
  }
}
