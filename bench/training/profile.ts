import * as tf from '@tensorflow/tfjs';
import { compile, trainingStep, type Batch } from '../../learning/compiled';
import { build, type Case } from './cases';

/**
 * Where a step's time goes: the time of a call of each form, the time of a call that does nothing but fetch a
 * number, and that of the step's matrix products alone, which is what the machine cannot do without.
 */
export function profile(kase: Case, { x, y }: { x: tf.Tensor; y: tf.Tensor }) {
  const model = build(kase);
  const example = { x: [x.slice(0, kase.batch)], y: [y.slice(0, kase.batch)] };
  const began = performance.now();
  const step = compile<never, tf.Tensor[]>(trainingStep(model) as never, { inputs: example as never });
  const compiling = performance.now() - began;
  const { mode, reason, agreement } = step;
  const data: Batch = { x: [x], y: [y] };
  const count = Math.max(2, Math.min(64, Math.floor(kase.rows / kase.batch)));
  const rows = Int32Array.from({ length: count * kase.batch }, (_, i) => (i * 7919) % kase.rows);
  const time = (run: () => void, per = 1): number => {
    run();
    const start = performance.now();
    let runs = 0;
    do run(); while (++runs < 3 || performance.now() - start < 300);
    return (performance.now() - start) / runs / per;
  };
  const stateful = time(() => tf.dispose(step(example as never)));
  const gathered = time(() => tf.dispose(step.gather(data as never, rows.subarray(0, kase.batch))));
  const loop = time(() => tf.dispose(step.loop(data as never, rows, count)), count);
  const nothing = compile<never, tf.Tensor>((({ a }: { a: tf.Tensor }) => a.neg()) as never, { inputs: { a: tf.scalar(1) } as never });
  const call = time(() => tf.dispose(nothing({ a: tf.scalar(1) } as never)));
  const forward = compile<never, tf.Tensor>((({ x }: { x: tf.Tensor }) => model.apply(x)) as never, { inputs: { x: example.x[0]! } as never });
  const pass = time(() => tf.dispose(forward({ x: example.x[0]! } as never)));
  const eager = time(() => tf.tidy(() => void trainingStep(model)(example).forEach((t) => t.dispose())));
  [step, nothing, forward].forEach((compiled) => compiled.dispose());
  model.dispose();
  return { mode, reason, difference: agreement?.difference, compiling, eager, stateful, gathered, loop, call, pass };
}
