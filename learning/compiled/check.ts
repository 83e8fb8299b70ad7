import * as tf from '@tensorflow/tfjs';
import { CannotCompile } from './errors';
import { nativeBackend } from './native';
import type { Plan, Program } from './program';
import { drawEagerly, randomKey, RandomWatch } from './random';
import { copyOf, disposeAll } from './record-step';
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
  seed: number;
  counter: tf.Variable | undefined;
  program: Program;
  plan: Plan;
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
  const { trace, program, plan } = checked;
  const batches = [copyOf(example), copyOf(example, true)];
  const fromHere = <T>(work: () => T): T => {
    const before = snapshot(program.state, trace.optimizers);
    try {
      return work();
    } finally {
      before.restore();
    }
  };
  try {
    const graph = fromHere(() => {
      const outputs = batches.flatMap((batch) => values(program.run(plan, leaves(batch).map(({ tensor }) => tensor), 1)));
      program.pull();
      return [...outputs, ...state(program)];
    });
    const eager = fromHere(() => [...batches.flatMap((batch) => runEagerly(step, batch, checked)), ...state(program)]);
    program.reset();
    const differences = eager.map((value, i) => distance(graph[i]!, value));
    const difference = Math.max(0, ...differences.map((d, i) => d / (norm(eager[i]!) || 1)));
    if (differences.every((d) => d === 0)) return { exact: true, difference: 0 };
    if (difference > tolerance) {
      const moved = fromHere(() => {
        nudge(program.state);
        const moved = batches.map(nudgedCopy);
        try {
          return [...moved.flatMap((batch) => runEagerly(step, batch, checked)), ...state(program)];
        } finally {
          moved.forEach(disposeAll);
        }
      });
      eager.forEach((value, i) => {
        const allowed = tolerance * norm(value) + conditioning * distance(moved[i]!, value) + 1e-7;
        if (!(differences[i]! <= allowed)) throw new CannotCompile(mismatch(i, batches.length * trace.outputs.length, differences[i]!, norm(value), program));
      });
    }
    return { exact: false, difference };
  } finally {
    batches.forEach(disposeAll);
    program.reset();
  }
}

const mismatch = (i: number, outputs: number, difference: number, size: number, program: Program): string => {
  const what = i < outputs ? `an output` : `the variable ${program.state[i - outputs]!.name}`;
  return `the compiled step does not agree with the eager one: ${what} differs by ${difference.toExponential(1)} (its norm is ${size.toExponential(1)})`;
};

const state = (program: Program): Float32Array[] => program.state.map((variable) => Float32Array.from(variable.dataSync()));

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
      const outputs = leaves(step(inputs)).map(({ tensor }) => tensor);
      read = outputs.map((tensor) => Float32Array.from(tensor.dataSync()));
      outputs.forEach((tensor) => tensor instanceof tf.Variable || tensor.dispose());
      counter?.assign(tf.scalar(now + 1, 'int32'));
    });
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
