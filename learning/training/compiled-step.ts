import * as tf from '@tensorflow/tfjs';
import { compile, type Compiled } from '../compiled';
import type { Rows } from '../strategies';

type Inputs = { batch: { x: tf.Tensor; y: tf.Tensor }; past?: { x: tf.Tensor; y: tf.Tensor } };

/**
 * Below this many steps, tracing costs more time than it saves. A function of the job alone, so that a resumed training
 * takes its steps as it began.
 */
export const stepsWorthCompiling = 150;

/** A training's steps as one graph over data that stay in TensorFlow: only row numbers go in, and the loss comes out. */
export class CompiledStep {
  private constructor(
    private readonly step: Compiled,
    private readonly data: Inputs,
  ) {}

  /**
   * Traces the step and checks it against eager ones; null where the step cannot be a graph, which is said once.
   *
   * @param data all rows, and those of the memory, scaled; kept until `dispose`
   * @param taken steps taken before: random ops go on from there
   */
  static make(apply: (batch: Rows, past: Rows | null) => tf.Scalar, data: { batch: Rows; past: Rows | null }, batch: number, seed: number, taken: number): CompiledStep | null {
    const inputs: Inputs = data.past ? { batch: data.batch, past: data.past } : { batch: data.batch };
    const example = tf.tidy(() => first(inputs, batch));
    const step = compile((given: Inputs) => ({ loss: apply(given.batch as Rows, (given.past as Rows | undefined) ?? null) }), { inputs: example as never, seed });
    tf.dispose(example as unknown as tf.TensorContainer);
    if (step.mode === 'eager') {
      step.dispose();
      tf.dispose(inputs as unknown as tf.TensorContainer);
      return null;
    }
    // Random ops draw by this counter, the only whole number among the variables.
    for (const counter of step.state.filter(({ dtype, rank }) => dtype === 'int32' && rank === 0)) tf.tidy(() => counter.assign(tf.scalar(taken, 'int32')));
    return new CompiledStep(step as unknown as Compiled, inputs);
  }

  /** One step on these rows; the loss before it. */
  take(batch: Int32Array, past: Int32Array | null): number {
    const { loss } = this.step.gather(this.data as never, past ? { batch, past } : { batch }) as { loss: tf.Scalar };
    const value = loss.dataSync()[0]!;
    loss.dispose();
    return value;
  }

  /** Brings the weights and the optimizer up to date. */
  pull(): void {
    this.step.pull();
  }

  dispose(): void {
    this.step.dispose();
    tf.dispose(this.data as unknown as tf.TensorContainer);
  }
}

function first({ batch, past }: Inputs, rows: number): Inputs {
  const head = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => ({ x: x.slice(0, Math.min(rows, x.shape[0]!)), y: y.slice(0, Math.min(rows, y.shape[0]!)) });
  if (!past) return { batch: head(batch) };
  const pair = head(batch);
  // As many rows of the past as the batch has, repeated where the memory holds fewer.
  const places = Int32Array.from({ length: pair.y.shape[0]! }, (_, i) => i % past.y.shape[0]!);
  return { batch: pair, past: { x: tf.gather(past.x, tf.tensor1d(places, 'int32')), y: tf.gather(past.y, tf.tensor1d(places, 'int32')) } };
}
