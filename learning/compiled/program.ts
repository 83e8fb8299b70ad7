import * as tf from '@tensorflow/tfjs';
import { fed, writeForm, type Form, type Part } from './forms';
import { Graph } from './graph';
import { nativeBackend, upload, type Made } from './native';
import { reachable } from './emit';
import { Session, type Call } from './session';
import { ResidentData, type Resident } from './resident';
import { setIterations } from './state';
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

/**
 * The graph of all plans, its session, and the session's copy of the variables.
 *
 * A tf.Variable that was assigned since the last call is pushed before the next one; `pull` brings the session's
 * values back. So variables are whatever was written last, on either side.
 */
export class Program {
  private readonly backend = nativeBackend();
  private readonly plans: Plan[] = [];
  private readonly variables = new Set<tf.Variable>();
  private readonly written = new Set<tf.Variable>();
  private loaded = new Map<Plan, Loaded>();
  private session: Session | undefined;
  private names = new Map<tf.Variable, VariableNames>();
  /** The data that each variable had when it was last the same on both sides. */
  private readonly synced = new Map<tf.Variable, object>();
  private readonly data = new ResidentData();
  private ahead = false;
  private readonly rates = new Map<number, { value: number; length: number; tensor: tf.Tensor }>();

  constructor(private readonly device?: string) {}

  /** The variables that the plans read or write, in the order of their first use. */
  get state(): tf.Variable[] {
    return [...this.variables];
  }

  /** Adds plans; the graph is written and loaded anew, and goes on from the same state. */
  add(plans: Plan[]): void {
    this.pull();
    this.unload();
    this.synced.clear();
    this.plans.push(...plans);
    for (const { part } of plans) {
      const live = [...reachable(part.trace)].sort((a, b) => a - b);
      for (const i of live) {
        const node = part.trace.nodes[i]!;
        if (node.kind === 'variable') this.variables.add(node.variable);
      }
      for (const variable of [...part.trace.writes.map((write) => write.variable), ...(part.counter ? [part.counter] : [])]) {
        this.variables.add(variable);
        this.written.add(variable);
      }
    }
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
      // How far the run came is not known: the next call begins from the variables as tfjs has them.
      this.synced.clear();
      this.ahead = false;
      throw error;
    } finally {
      tf.dispose(count);
    }
    this.ahead = true;
    for (const { optimizer, updates } of optimizers) setIterations(optimizer, (optimizer.iterations_ ?? 0) + updates * steps);
    return plan.part.trace.outputs.length === 0 ? (this.delete(made), []) : made.map((m) => this.backend.createOutputTensor(m));
  }

  /** Brings the variables of the session to tfjs: do so before saving, evaluating or exporting. */
  pull(): void {
    if (!this.ahead || !this.session) return;
    this.ahead = false;
    const changed = this.state.filter((variable) => this.written.has(variable) && this.synced.get(variable) === variable.dataId);
    if (changed.length === 0) return;
    const values = this.session.run([], '', changed.map((v) => `${this.names.get(v)!.value}:0`).join());
    changed.forEach((variable, i) => {
      const value = this.backend.createOutputTensor(values[i]!);
      variable.assign(value);
      value.dispose();
      this.synced.set(variable, variable.dataId);
    });
  }

  /** Takes the variables as tfjs has them, whatever the session has. */
  reset(): void {
    this.synced.clear();
    this.ahead = false;
  }

  private push(): void {
    const changed = this.state.filter((variable) => this.synced.get(variable) !== variable.dataId);
    if (changed.length === 0) return;
    const names = changed.map((variable) => this.names.get(variable)!);
    this.delete(this.session!.run(changed.map((v) => upload(this.backend, v)), names.map((n) => `${n.feed}:0`).join(), names.map((n) => `${n.assigned}:0`).join()));
    for (const variable of changed) this.synced.set(variable, variable.dataId);
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
    this.unload();
    for (const { tensor } of this.rates.values()) tensor.dispose();
    this.rates.clear();
  }
}

const namesOf = (call: Call) => ({
  inputNames: call.inputs.map((n) => `${n}:0`).join(),
  outputNames: call.outputs.map((n) => `${n}:0`).join(),
});
