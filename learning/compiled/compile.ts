import type * as tf from '@tensorflow/tfjs';
import type { Agreement } from './check';
import { CompiledStep, type Runner } from './compiled-step';
import { EagerStep } from './eager';
import { CannotCompile } from './errors';
import type { Form } from './forms';
import { sourcesOf, type Rows } from './rows';
import { leaves, type Tensors } from './tensors';

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
  /** Runs one step on these inputs, taken by their names. New names and shapes are traced when they first come. The caller disposes of the result. */
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
 * await loadBackend(['native'], { convolution: false }); // first
 * const step = compile(({ x, y }) => optimizer.minimize(() => loss(model.apply(x) as tf.Tensor, y), true)!, { inputs: { x, y } });
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
