import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { nativeBackend } from './native';
import type { Plan, Program } from './program';
import { drawEagerly, randomKey, RandomWatch } from './random';
import { atOtherRates, copyOf, disposeAll, type Witness } from './record-step';
import { snapshot } from './state';
import { leaves, refill, type Tensors } from './tensors';
import type { Trace } from './trace';

/** How far the compiled steps are from the eager ones: the largest difference relative to a tensor's norm. */
export interface Agreement {
  exact: boolean;
  difference: number;
}

/** A difference that rounding in another order explains. */
const tolerance = 1e-5;
/** How much more than eager itself moves, when its numbers move by one rounding, a compiled step may differ. */
const conditioning = 50;

interface Checked {
  trace: Trace;
  /** What was found while the step was traced from this state; null where that was another time. */
  witness: Witness | null;
  seed: number;
  counter: tf.Variable | undefined;
  program: Program;
  plans: Plan[];
}

/**
 * Two compiled steps on two batches against two eager ones, with the same random numbers, from the same state. Where
 * they are not the same to the bit, each value may differ by rounding, or, where it is ill-conditioned (a bias
 * before a batch norm has no gradient but noise, and Adam gives noise the size of a step), by a small multiple of
 * what eager itself changes when its numbers change by one rounding.
 *
 * @throws CannotCompile where they differ by more
 */
export function selfCheck(step: (inputs: Tensors) => Tensors, example: Tensors, checked: Checked): Agreement {
  const { trace, program, plans, witness } = checked;
  const batches = [copyOf(example), copyOf(example, true)] as const;
  /** Both steps from the state of now, the second at other learning rates; their outputs, and the state that they lead to. */
  const both = (take: (batch: Tensors) => Float32Array[], prepare = () => {}, given: readonly [Tensors, Tensors] = batches): Float32Array[] => {
    const before = snapshot(program.state, trace.optimizers);
    try {
      prepare();
      const outputs = [...take(given[0]), ...atOtherRates(trace.optimizers, () => take(given[1]))];
      program.pull();
      return [...outputs, ...program.state.map((variable) => Float32Array.from(variable.dataSync()))];
    } finally {
      before.restore();
    }
  };
  const eagerly = (batch: Tensors) => runEagerly(step, batch, checked);
  try {
    // Where nothing is drawn at random, the runs that were traced are such steps already.
    const eager = checked.counter || !witness ? both(eagerly) : [...witness.outputs, ...program.state.map((variable) => witness.after.get(variable) ?? Float32Array.from(variable.dataSync()))];
    // How far eager itself goes from there, when its numbers move by one rounding; computed only where it is needed.
    let moved: Float32Array[] | undefined;
    const movement = () => {
      const given = [nudgedCopy(batches[0]), nudgedCopy(batches[1])] as const;
      moved ??= both(eagerly, () => nudge(program.state), given);
      given.forEach(disposeAll);
      return moved;
    };
    let worst = 0;
    for (const plan of plans) {
      program.reset();
      const graph = both((batch) => values(runOnce(program, plan, batch)));
      const differences = eager.map((value, i) => distance(graph[i]!, value));
      const difference = Math.max(0, ...differences.map((d, i) => d / (norm(eager[i]!) || 1)));
      worst = Math.max(worst, difference);
      if (difference <= tolerance) continue;
      eager.forEach((value, i) => {
        const allowed = tolerance * norm(value) + conditioning * distance(movement()[i]!, value) + 1e-7;
        if (!(differences[i]! <= allowed)) throw new CannotCompile(mismatch(i, batches.length * trace.outputs.length, differences[i]!, norm(value), program));
      });
    }
    return { exact: worst === 0, difference: worst };
  } finally {
    batches.forEach(disposeAll);
    program.reset();
  }
}

/**
 * One step on the whole batch, whatever the form. Where rows are picked, the data is the batch: a tensor that stands at
 * several places holds the rows of one list of numbers after those of another.
 */
function runOnce(program: Program, plan: Plan, batch: Tensors): tf.Tensor[] {
  const tensors = leaves(batch).map(({ tensor }) => tensor);
  if (plan.form === 'stateful') return program.run(plan, tensors, [], 1);
  const { groups, residents, specs } = plan.part;
  return tf.tidy(() => {
    const sizes = Array.from({ length: Math.max(...groups.map((g) => g ?? -1)) + 1 }, (_, g) => specs[groups.indexOf(g)]!.shape[0]!);
    const whole = new Map(residents.map((resident, i) => {
      const { dtype, shape } = specs[i]!;
      const parts = sizes.map((size, g) => tensors[groups.findIndex((group, at) => group === g && residents[at] === resident)] ?? tf.zeros([size, ...shape.slice(1)], dtype));
      return [resident, resident === undefined ? undefined : parts.length > 1 ? tf.concat(parts) : parts[0]!];
    }));
    const lists = sizes.map((size, g) => {
      const before = sizes.slice(0, g).reduce((sum, n) => sum + n, 0);
      return tf.tensor(Int32Array.from({ length: size }, (_, row) => before + row), plan.form === 'loop' ? [1, size] : [size], 'int32');
    });
    return program.run(plan, tensors.map((tensor, i) => whole.get(residents[i]) ?? tensor), lists, 1);
  });
}

const mismatch = (i: number, outputs: number, difference: number, size: number, program: Program): string => {
  const what = i < outputs ? `an output` : `the variable ${program.state[i - outputs]!.name}`;
  return `the compiled step does not agree with the eager one: ${what} differs by ${difference.toExponential(1)} (its norm is ${size.toExponential(1)})`;
};

function values(tensors: tf.Tensor[]): Float32Array[] {
  const read = tensors.map((tensor) => Float32Array.from(tensor.dataSync()));
  tf.dispose(tensors);
  return read;
}

/** One eager step, its random tensors drawn as the graph draws them. The values of its outputs. */
export function runEagerly(step: (inputs: Tensors) => Tensors, inputs: Tensors, { seed, counter }: Pick<Checked, 'seed' | 'counter'>): Float32Array[] {
  const backend = nativeBackend();
  const watch = new RandomWatch(3);
  const write = backend.write;
  const now = counter ? counter.dataSync()[0]! : 0;
  let ordinal = 0;
  backend.write = (given, shape, dtype) => {
    const random = watch.classify(given, shape, dtype);
    return write.call(backend, random ? drawEagerly(random, shape, randomKey(seed, ordinal++), now) : given, shape, dtype);
  };
  try {
    let read: Float32Array[] = [];
    tf.tidy(() => {
      // The step may give back, or dispose of, what it is given.
      const given = refill(inputs, leaves(inputs).map(({ tensor }) => tensor.clone()));
      const outputs = leaves(step(given)).map(({ tensor }) => tensor);
      read = outputs.map((tensor) => Float32Array.from(tensor.dataSync()));
      outputs.forEach((tensor) => tensor instanceof tf.Variable || tensor.dispose());
      counter?.assign(tf.scalar(now + 1, 'int32'));
    });
    if (watch.refusal) throw watch.refusal;
    return read;
  } finally {
    delete (backend as { write?: unknown }).write;
    watch.stop();
  }
}

/** Moves every number by about one rounding. */
const nudged = (value: number, i: number): number => value * (1 + (i % 2 ? 1 : -1) * 2 ** -22);

function nudge(variables: tf.Variable[]): void {
  for (const variable of variables.filter((v) => v.dtype === 'float32' && v.size > 1)) {
    const moved = tf.tensor((variable.dataSync() as Float32Array).map(nudged), variable.shape);
    variable.assign(moved);
    moved.dispose();
  }
}

function nudgedCopy(batch: Tensors): Tensors {
  return refill(batch, leaves(batch).map(({ tensor }) => {
    const read = tensor.dataSync().slice();
    return tf.tensor(tensor.dtype === 'float32' ? (read as Float32Array).map(nudged) : read, tensor.shape, tensor.dtype);
  }));
}

const norm = (a: Float32Array): number => Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
/** Two NaNs agree; a NaN and a number are infinitely far apart. */
function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const d = a[i]! - b[i]!;
    sum += Number.isNaN(d) ? Infinity : d * d;
  }
  return Math.sqrt(sum);
}
