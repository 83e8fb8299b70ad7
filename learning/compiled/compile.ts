import * as tf from '@tensorflow/tfjs';
import { selfCheck, type Agreement } from './check';
import { EagerStep } from './eager';
import { CannotCompile } from './errors';
import { longStep, type Form } from './forms';
import { meaning } from './merge';
import { Program, pullAll, type Plan } from './program';
import { recordStep } from './record-step';
import { pick, rowsOf, sourcesOf, type Rows, type Sources } from './rows';
import { leaves, refill, specKey, specOf, type Spec, type Tensors } from './tensors';
import type { Trace } from './trace';

export interface CompileOptions<I extends Tensors> {
  /** Inputs of the right shapes and types, with real values: the step is run on copies of them to be traced and checked. */
  inputs: I;
  /** Row numbers of a first step, as for `gather`: `inputs` is then the whole data. Default: `inputs` is one step's. */
  rows?: Rows;
  /** Seeds dropout and every other random op of the step. Default 0. */
  seed?: number;
  /** Steps taken before: random ops go on from there. Default 0. */
  counter?: number;
  /** The forms to have ready, and checked, at once; the others, and all but the first of a long step, are added when they are first used. Default: `stateful`. */
  forms?: Form[];
  /** Where variables and products must be, as `/device:GPU:0`; elsewhere the step is not compiled. Default: TensorFlow's choice, a GPU first. */
  device?: string;
  /** Told once, where the step cannot be compiled and runs eagerly. Default: `console.warn`. */
  warn?: (message: string) => void;
}

/** A step that runs as a graph. Its variables live in the session: `pull` before reading them in tfjs. */
export interface Compiled<I extends Tensors = Tensors, O extends Tensors = Tensors> {
  /** Runs one step on these inputs. New shapes are traced when they first come. The caller disposes of the result. */
  (inputs: I): O;
  /**
   * Runs one step on rows picked by number. `rows` gives the numbers for all inputs, or for each top-level input by name; inputs without rows stay whole.
   * @param rate a learning rate for this step; default: the optimizer's
   */
  gather(data: I, rows: Rows, rate?: number): O;
  /**
   * Runs `steps` steps in one call, each on its own rows: `rows` holds steps × batch numbers. The results are stacked
   * along a new first axis.
   * @param rates a learning rate for each step; default: the optimizer's
   */
  loop(data: I, rows: Rows, steps: number, rates?: Float32Array): O;
  /** Writes the session's variables to their tf.Variables, in the state that the last step on them left. Assignments to a tf.Variable are pushed by themselves. */
  pull(): void;
  /** Traces anew and compares: throws CannotCompile where a value computed in JavaScript has changed since. */
  verify(inputs: I): void;
  dispose(): void;
  /** All variables that the step reads or writes, slots and counters included, in a fixed order. */
  readonly state: tf.Variable[];
  /** The optimizers that the step uses; their step counts are kept up to date. */
  readonly optimizers: tf.Optimizer[];
  /** `graph`, or `eager` where the step could not be compiled, for the reason given. */
  readonly mode: 'graph' | 'eager';
  readonly reason?: string;
  /** How the first compiled steps compared with the eager ones. */
  readonly agreement?: Agreement;
  /** Operations of the largest step in the graph. */
  readonly size?: number;
}

/**
 * Compiles a step, a function of tfjs ops that may update variables, into a TensorFlow graph that one call runs.
 *
 * The step is traced twice; what JavaScript computes must be the same in both runs, or be a learning rate or a random
 * op, else the step runs eagerly and `warn` is told why. The first compiled steps are compared with eager ones.
 *
 * @param step from a nest of tensors to a nest of tensors; synchronous; reads no value in JavaScript
 * @example
 * const step = compile(({ x, y }) => optimizer.minimize(() => loss(model.apply(x), y), true), { inputs: { x, y } });
 * const first = step({ x, y });                          // one step
 * const losses = step.loop(data, order, 100);            // a hundred, on rows of `data`
 * step.pull();                                           // model's weights are now those of the last step
 */
export function compile<I extends Tensors, O extends Tensors>(step: (inputs: I) => O, options: CompileOptions<I>): Compiled<I, O> {
  const { warn = (message: string) => console.warn(message) } = options;
  const run = step as unknown as (inputs: Tensors) => Tensors;
  const eagerly = (refusal: CannotCompile): Runner => {
    warn(`This step runs eagerly, several times slower: ${refusal.message}.`);
    return new EagerStep(run, refusal.message);
  };
  return callable(attempt(() => prepared(run, options), eagerly), eagerly) as unknown as Compiled<I, O>;
}

interface Runner {
  readonly mode: 'graph' | 'eager';
  call(inputs: Tensors): Tensors;
  gather(data: Tensors, rows: Rows, rate?: number): Tensors;
  loop(data: Tensors, rows: Rows, steps: number, rates?: Float32Array): Tensors;
  dispose(): void;
}

/** What `work` gives, or `otherwise` where it is refused. */
function attempt<T>(work: () => T, otherwise: (refusal: CannotCompile) => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CannotCompile)) throw error;
    return otherwise(error);
  }
}

/** A compiled step that is ready for its first call. */
function prepared(run: (inputs: Tensors) => Tensors, options: CompileOptions<Tensors>): Runner {
  const compiled = new CompiledStep(run, options.seed ?? 0, options.counter ?? 0, options.device);
  const forms = options.forms ?? ['stateful'];
  try {
    if (options.rows) compiled.prepareRows(options.inputs, options.rows, forms);
    else {
      const tensors = leaves(options.inputs).map(({ tensor }) => tensor);
      compiled.prepare(options.inputs, forms, sourcesOf(tensors, tensors.map(({ rank }) => (rank > 0 ? 0 : undefined))));
    }
    return compiled;
  } catch (error) {
    compiled.dispose();
    throw error;
  }
}

/**
 * The step as a function with the other members of what runs it. New shapes, and forms, are traced when they come: where
 * one is refused, the step goes on eagerly, from where it is.
 */
function callable(first: Runner, eagerly: (refusal: CannotCompile) => Runner): Runner {
  let runner = first;
  const safely = (take: () => Tensors): Tensors => attempt(take, (refusal) => {
    if (runner.mode === 'eager') throw refusal;
    runner.dispose();
    runner = eagerly(refusal);
    return take();
  });
  const taking: Partial<Runner> = {
    gather: (data, rows, rate) => safely(() => runner.gather(data, rows, rate)),
    loop: (data, rows, steps, rates) => safely(() => runner.loop(data, rows, steps, rates)),
  };
  return new Proxy(((inputs: Tensors) => safely(() => runner.call(inputs))) as unknown as Runner, {
    get: (_, key) => {
      const value = taking[key as keyof Runner] ?? runner[key as keyof Runner];
      return typeof value === 'function' ? (value as () => unknown).bind(runner) : value;
    },
  });
}

const keyOf = (form: Form, { groups, residents }: Sources, specs: Spec[]): string => `${form} ${groups.join()} ${residents.join()} ${specKey(specs)}`;
/** Inputs that the caller feeds, as they are. */
const fedAsTheyAre = (inputs: unknown[]): Sources => ({ groups: inputs.map(() => undefined), residents: inputs.map(() => undefined) });

/** Traces by the shapes of the inputs, and one program for all of them. */
class CompiledStep implements Runner {
  readonly mode = 'graph';
  agreement: Agreement | undefined;
  private readonly program: Program;
  private readonly traces = new Map<string, Trace>();
  private readonly plans = new Map<string, Plan>();
  private counter: tf.Variable | undefined;

  constructor(private readonly step: (inputs: Tensors) => Tensors, private readonly seed: number, private readonly taken: number, device?: string) {
    this.program = new Program(device);
  }

  get state(): tf.Variable[] {
    return this.program.state;
  }

  get size(): number {
    return Math.max(...[...this.traces.values()].map(({ nodes }) => nodes.length));
  }

  get optimizers(): tf.Optimizer[] {
    return [...new Set([...this.traces.values()].flatMap((trace) => trace.optimizers.map(({ optimizer }) => optimizer)))];
  }

  /** Traces the step for the example's shapes, and checks the graph, in each of the forms, against eager steps. */
  prepare(example: Tensors, forms: Form[], sources: Sources): void {
    const specs = leaves(example).map(({ tensor }) => specOf(tensor));
    pullAll();
    const known = this.traces.get(specKey(specs));
    const { trace, witness } = known ? { trace: known, witness: null } : recordStep(this.step, example);
    this.traces.set(specKey(specs), trace);
    const random = trace.nodes.some((node) => node.kind === 'random');
    if (random) this.counter ??= tf.tidy(() => tf.variable(tf.scalar(this.taken, 'int32'), false));
    const counter = random ? this.counter : undefined;
    const ready = trace.nodes.length > longStep ? forms.slice(0, 1) : forms;
    const plans = ready.map((form): Plan => ({ form, part: { trace, specs, ...(form === 'stateful' ? fedAsTheyAre(specs) : sources), seed: this.seed, counter } }));
    this.program.add(plans);
    const agreement = selfCheck(this.step, example, { trace, witness, seed: this.seed, counter, program: this.program, plans });
    if (this.agreement === undefined || agreement.difference > this.agreement.difference) this.agreement = agreement;
    for (const plan of plans) this.plans.set(keyOf(plan.form, plan.part, specs), plan);
  }

  /** The same for the rows of a first step, out of the whole data. */
  prepareRows(data: Tensors, rows: Rows, forms: Form[]): void {
    // Rows of a type that is not known cannot even be picked.
    leaves(data).forEach(({ tensor }) => specOf(tensor));
    const { sources, lists } = pick(data, rows, 1);
    const example = rowsOf(data, sources, lists);
    try {
      this.prepare(example.nest, forms, sources);
    } finally {
      example.dispose();
    }
  }

  /** The plan for these shapes; where there is none yet, the example of the data is traced. */
  private plan(form: Form, specs: Spec[], sources: Sources, withExample: (use: (example: Tensors) => void) => void): Plan {
    const key = keyOf(form, sources, specs);
    if (!this.plans.has(key)) withExample((example) => this.prepare(example, [form], sources));
    return this.plans.get(key)!;
  }

  call(inputs: Tensors): Tensors {
    const tensors = leaves(inputs).map(({ tensor }) => tensor);
    const plan = this.plan('stateful', tensors.map(specOf), fedAsTheyAre(tensors), (use) => use(inputs));
    return refill(plan.part.trace.nest, this.program.run(plan, tensors, [], 1));
  }

  gather(data: Tensors, rows: Rows, rate?: number): Tensors {
    return this.onRows('gathered', data, rows, 1, rate === undefined ? undefined : Float32Array.of(rate));
  }

  loop(data: Tensors, rows: Rows, steps: number, rates?: Float32Array): Tensors {
    if (rates && rates.length !== steps) throw new RangeError(`a loop of ${steps} steps needs as many learning rates; there are ${rates.length}`);
    return this.onRows('loop', data, rows, steps, rates);
  }

  private onRows(form: 'gathered' | 'loop', data: Tensors, rows: Rows, steps: number, rates?: Float32Array): Tensors {
    const { sources, lists, batches } = pick(data, rows, steps);
    const tensors = leaves(data).map(({ tensor }) => tensor);
    const specs = tensors.map((tensor, i) => {
      const group = sources.groups[i];
      const spec = specOf(tensor);
      return group === undefined ? spec : { ...spec, shape: [batches[group]!, ...spec.shape.slice(1)] };
    });
    const plan = this.plan(form, specs, sources, (use) => {
      const example = rowsOf(data, sources, lists.map((list, g) => list.subarray(0, batches[g])));
      try {
        use(example.nest);
      } finally {
        example.dispose();
      }
    });
    const indices = lists.map((list, g) => tf.tensor(list, form === 'loop' ? [steps, batches[g]!] : [batches[g]!], 'int32'));
    try {
      return refill(plan.part.trace.nest, this.program.run(plan, tensors, indices, steps, rates));
    } finally {
      tf.dispose(indices);
    }
  }

  pull(): void {
    this.program.pull();
  }

  verify(inputs: Tensors): void {
    pullAll();
    const key = specKey(leaves(inputs).map(({ tensor }) => specOf(tensor)));
    const before = this.traces.get(key);
    if (!before) throw new RangeError(`the step was not traced for inputs of these shapes yet: ${key}`);
    if (meaning(before) !== meaning(recordStep(this.step, inputs).trace)) {
      throw new CannotCompile('what the step does in JavaScript (a value, a branch, a shape) has changed since it was compiled; pass it among the inputs, or keep it in a tf.variable');
    }
  }

  dispose(): void {
    this.program.pull();
    this.program.dispose();
    this.counter?.dispose();
    this.counter = undefined;
  }
}
