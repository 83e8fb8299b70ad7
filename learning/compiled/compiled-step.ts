import * as tf from '@tensorflow/tfjs';
import { selfCheck, type Agreement } from './check';
import { CannotCompile } from './errors';
import { longStep, type Form } from './forms';
import { meaning } from './merge';
import { Program, pullAll, type Plan } from './program';
import { recordStep } from './record-step';
import { pick, rowsOf, type Rows, type Sources } from './rows';
import { leaves, refill, specKey, specOf, type Spec, type Tensors } from './tensors';
import type { Trace } from './trace';

/** What takes steps, in a graph or eagerly. */
export interface Runner {
  readonly mode: 'graph' | 'eager';
  call(inputs: Tensors): Tensors;
  gather(data: Tensors, rows: Rows, rate?: number): Tensors;
  loop(data: Tensors, rows: Rows, steps: number, rates?: Float32Array): Tensors;
  dispose(): void;
}

const keyOf = (form: Form, { groups, residents }: Sources, specs: Spec[]): string => `${form} ${groups.join()} ${residents.join()} ${specKey(specs)}`;
/** Inputs that the caller feeds, as they are. */
const fedAsTheyAre = (inputs: unknown[]): Sources => ({ groups: inputs.map(() => undefined), residents: inputs.map(() => undefined) });

/** Traces by the names and shapes of the inputs, and one program for all of them. */
export class CompiledStep implements Runner {
  readonly mode = 'graph';
  agreement: Agreement | undefined;
  private program: Program;
  private readonly traces = new Map<string, Trace>();
  private readonly plans = new Map<string, Plan>();
  private counter: tf.Variable | undefined;
  private disposed = false;

  constructor(private readonly step: (inputs: Tensors) => Tensors, private readonly seed: number, private readonly taken: number, private readonly device?: string) {
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
    const specs = leaves(example).map(specOf);
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
    leaves(data).forEach(specOf);
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
    if (this.disposed) throw new Error('this compiled step was disposed of; compile it again');
    if (this.program.outdated) this.renew();
    const key = keyOf(form, sources, specs);
    if (!this.plans.has(key)) withExample((example) => this.prepare(example, [form], sources));
    return this.plans.get(key)!;
  }

  /** Forgets what was traced, with variables that the step does not use any more; what they have in common with those of now goes on. */
  private renew(): void {
    this.program.pull();
    this.program.dispose();
    this.program = new Program(this.device);
    this.traces.clear();
    this.plans.clear();
  }

  call(inputs: Tensors): Tensors {
    const given = leaves(inputs);
    const tensors = given.map(({ tensor }) => tensor);
    const plan = this.plan('stateful', given.map(specOf), fedAsTheyAre(tensors), (use) => use(inputs));
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
    const given = leaves(data);
    const specs = given.map((leaf, i) => {
      const group = sources.groups[i];
      const spec = specOf(leaf);
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
      return refill(plan.part.trace.nest, this.program.run(plan, given.map(({ tensor }) => tensor), indices, steps, rates));
    } finally {
      tf.dispose(indices);
    }
  }

  pull(): void {
    this.program.pull();
  }

  verify(inputs: Tensors): void {
    pullAll();
    const key = specKey(leaves(inputs).map(specOf));
    const before = this.traces.get(key);
    if (!before) throw new RangeError(`the step was not traced for inputs of these names and shapes yet: ${key}`);
    if (meaning(before) !== meaning(recordStep(this.step, inputs).trace)) {
      throw new CannotCompile('what the step does in JavaScript (a value, a branch, a shape) has changed since it was compiled; pass it among the inputs, or keep it in a tf.variable');
    }
  }

  dispose(): void {
    this.program.pull();
    this.program.dispose();
    this.disposed = true;
    this.counter?.dispose();
    this.counter = undefined;
  }
}
