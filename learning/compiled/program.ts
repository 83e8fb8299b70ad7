import * as tf from '@tensorflow/tfjs';
import { watchAssignments } from './assignments';
import { fed, writeForm, type Form, type Part } from './forms';
import { Graph } from './graph';
import { nativeBackend, upload, type Made } from './native';
import { reachable } from './emit';
import { Session, type Call } from './session';
import { ResidentData, type Resident } from './resident';
import { listsOf, setIterations, slotsIn } from './state';
import type { OptimizerUse } from './trace';
import { writeVariables, type VariableNames } from './variables';

/** A form of a part that has its place in the loaded graph. */
export interface Plan {
  form: Form;
  part: Omit<Part, 'handle' | 'resident'>;
}
interface Loaded {
  inputNames: string;
  outputNames: string;
  needs: ReturnType<typeof fed>;
  /** The variable with each input's rows; none where the input is fed. */
  residents: (Resident | undefined)[];
}

/** The programs whose sessions have newer values than tfjs. */
const ahead = new Set<Program>();

/** Brings to tfjs what any session has newer: to be called before a step runs op by op, which may use any variable. */
export function pullAll(): void {
  for (const program of ahead) program.bring();
}

/**
 * The graph of all plans, its session, and the session's copy of the variables.
 *
 * A tf.Variable that was assigned since the last call is pushed before the next one; `pull` brings the session's
 * values back. Another program that shares variables with this one is pulled before this one runs. So variables are
 * whatever was written last, on any side.
 */
export class Program {
  private readonly backend = nativeBackend();
  private readonly plans: Plan[] = [];
  private readonly variables = new Set<tf.Variable>();
  private readonly written = new Set<tf.Variable>();
  private loaded = new Map<Plan, Loaded>();
  private session: Session | undefined;
  private names = new Map<tf.Variable, VariableNames>();
  /** The variables whose values the session does not have yet: assigned in tfjs, or not pushed since the graph was loaded. */
  private readonly stale = new Set<tf.Variable>();
  private readonly watches: (() => void)[] = [];
  private readonly data = new ResidentData();
  /** The step counts of optimizers when tfjs last had what the session has. */
  private readonly counts = new Map<OptimizerUse['optimizer'], number | undefined>();
  /** The optimizers' slots among the variables: `setWeights` puts others in their place. */
  private readonly slots = new Map<tf.Optimizer, { lists: unknown[][]; used: tf.Variable[] }>();
  private readonly rates = new Map<number, { value: number; length: number; tensor: tf.Tensor }>();

  constructor(private readonly device?: string) {}

  /** The variables that the plans read or write, in the order of their first use. */
  get state(): tf.Variable[] {
    return [...this.variables];
  }

  /** Whether the step's variables are not those of the graph any more: one is disposed of, or an optimizer was given other slots. */
  get outdated(): boolean {
    for (const variable of this.variables) if (variable.isDisposed) return true;
    for (const [optimizer, known] of this.slots) {
      const lists = listsOf(optimizer);
      // To look into the lists at each step would take microseconds.
      if (lists.every((list, i) => list === known.lists[i])) continue;
      const now = slotsIn(lists);
      if (known.used.some((slot) => !now.has(slot))) return true;
      known.lists = lists;
    }
    return false;
  }

  /** Adds plans; the graph is written and loaded anew, and goes on from the same state. */
  add(plans: Plan[]): void {
    this.pull();
    this.unload();
    this.plans.push(...plans);
    const use = (variable: tf.Variable) => {
      if (!this.variables.has(variable)) this.watches.push(watchAssignments(variable, this.stale));
      this.variables.add(variable);
    };
    for (const { part } of plans) {
      const live = [...reachable(part.trace)].sort((a, b) => a - b);
      for (const i of live) {
        const node = part.trace.nodes[i]!;
        if (node.kind === 'variable') use(node.variable);
      }
      for (const variable of [...part.trace.writes.map((write) => write.variable), ...(part.counter ? [part.counter] : [])]) {
        use(variable);
        this.written.add(variable);
      }
      for (const { optimizer } of part.trace.optimizers) {
        const lists = listsOf(optimizer);
        this.slots.set(optimizer, { lists, used: [...slotsIn(lists)].filter((slot) => this.variables.has(slot)) });
      }
    }
    this.reset();
    const graph = new Graph(this.device);
    this.names = writeVariables(graph, this.variables);
    const handle = (variable: tf.Variable) => this.names.get(variable)!.handle;
    const calls = this.plans.map((plan, i) => {
      const residents = this.data.write(graph, plan.part);
      const call = writeForm(graph, plan.form, `s${i}`, { ...plan.part, handle, resident: (input) => residents[input]!.names.handle });
      return { plan, call, residents };
    });
    this.session = new Session(graph);
    this.loaded = new Map(calls.map(({ plan, call, residents }) => [plan, { ...namesOf(call), needs: fed(plan.part.trace), residents }]));
  }

  /**
   * Runs a plan once.
   *
   * @param inputs what the step takes; the whole data where rows are picked, which stays resident until other data comes
   * @param numbers the rows' numbers, a tensor for each list
   * @param steps how many steps this is, for a loop; its learning rates may be a list, one for each step
   */
  run(plan: Plan, inputs: tf.Tensor[], numbers: tf.Tensor[], steps: number, rates?: Float32Array): tf.Tensor[] {
    if (!this.session) throw new Error('this compiled step was disposed of');
    const { inputNames, outputNames, needs, residents } = this.loaded.get(plan)!;
    const { optimizers } = plan.part.trace;
    for (const other of ahead) if (other !== this && this.shares(other.written)) other.bring();
    this.push();
    this.data.hold(this.session, residents, inputs);
    const fedInputs = inputs.filter((_, i) => !residents[i]);
    const looped = plan.form === 'loop';
    const rateTensors = needs.rates.map((k) => this.rate(k, optimizers[k]!.optimizer.learningRate!, looped ? steps : 0, rates));
    const held = needs.held.map(({ optimizer, property }) => (optimizers[optimizer]!.optimizer as unknown as Record<string, tf.Tensor>)[property]!);
    const count = looped ? [tf.scalar(steps, 'int32')] : [];
    let made: Made[];
    try {
      made = this.session.run([...fedInputs, ...numbers, ...rateTensors, ...held, ...count].map((t) => upload(this.backend, t)), inputNames, outputNames);
    } catch (error) {
      // A single step assigns nothing before its outputs are there: what the session had is not lost. How far a loop came is not known.
      if (!looped) this.bring();
      this.reset();
      throw error;
    } finally {
      tf.dispose(count);
    }
    ahead.add(this);
    for (const { optimizer, updates } of optimizers) {
      if (!this.counts.has(optimizer)) this.counts.set(optimizer, optimizer.iterations_);
      setIterations(optimizer, (optimizer.iterations_ ?? 0) + updates * steps);
    }
    return plan.part.trace.outputs.length === 0 ? (this.delete(made), []) : made.map((m) => this.backend.createOutputTensor(m));
  }

  /** Brings the variables to tfjs, from whichever session is ahead: do so before saving, evaluating or exporting. */
  pull(): void {
    for (const program of ahead) if (this.shares(program.written)) program.bring();
  }

  /** Brings to tfjs what this session has newer. */
  bring(): void {
    if (!ahead.delete(this) || !this.session) return;
    this.counts.clear();
    const changed = [...this.written].filter((variable) => !this.stale.has(variable) && !variable.isDisposed);
    if (changed.length === 0) return;
    const values = this.session.run([], '', changed.map((v) => `${this.names.get(v)!.value}:0`).join());
    changed.forEach((variable, i) => {
      const value = this.backend.createOutputTensor(values[i]!);
      variable.assign(value);
      value.dispose();
      this.stale.delete(variable);
    });
  }

  /** Takes the variables as tfjs has them, whatever the session has, and the step counts that go with them. */
  reset(): void {
    for (const variable of this.variables) this.stale.add(variable);
    for (const [optimizer, count] of this.counts) setIterations(optimizer, count);
    this.counts.clear();
    ahead.delete(this);
  }

  private shares(variables: Iterable<tf.Variable>): boolean {
    for (const variable of variables) if (this.variables.has(variable)) return true;
    return false;
  }

  private push(): void {
    if (this.stale.size === 0) return;
    const changed = [...this.stale];
    const names = changed.map((variable) => this.names.get(variable)!);
    this.delete(this.session!.run(changed.map((v) => upload(this.backend, v)), names.map((n) => `${n.feed}:0`).join(), names.map((n) => `${n.assigned}:0`).join()));
    this.stale.clear();
  }

  private delete(made: Made[]): void {
    for (const { id } of made) this.backend.binding.deleteTensor(id);
  }

  /** The learning rate as a tensor, kept for as long as it stays the same. */
  private rate(optimizer: number, value: number, length: number, list?: Float32Array): tf.Tensor {
    const known = this.rates.get(optimizer);
    if (known && known.value === value && known.length === length && !list) return known.tensor;
    known?.tensor.dispose();
    const tensor = tf.keep(length === 0 ? tf.scalar(list?.[0] ?? value) : tf.tensor1d(list ?? new Float32Array(length).fill(value)));
    this.rates.set(optimizer, { value: list ? NaN : value, length, tensor });
    return tensor;
  }

  private unload(): void {
    this.session?.dispose();
    this.session = undefined;
    this.data.release();
  }

  dispose(): void {
    ahead.delete(this);
    this.unload();
    for (const stop of this.watches.splice(0)) stop();
    for (const { tensor } of this.rates.values()) tensor.dispose();
    this.rates.clear();
  }
}

const namesOf = (call: Call) => ({
  inputNames: call.inputs.map((n) => `${n}:0`).join(),
  outputNames: call.outputs.map((n) => `${n}:0`).join(),
});
