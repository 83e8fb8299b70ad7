import * as tf from '@tensorflow/tfjs';
import { CannotCompile, compile, type Compiled } from '../compiled';
import type { Past, Rows } from '../strategies';

/**
 * Below this many steps, tracing costs more time than it saves. A function of the job alone, so that a resumed training
 * takes its steps as it began.
 */
export const stepsWorthCompiling = 150;

/** Which rows a step takes: numbers of resident rows, and what is kept beside those of the past. */
export interface Picked {
  batch: Int32Array;
  /** Whether the step tells what is to be kept beside the batch. */
  keeping: boolean;
  /** One list for each draw; none while the memory is empty. */
  draws: { rows: Int32Array; kept: Record<string, tf.Tensor2D> }[];
}
/** What a step gives: its loss, and what is to be kept beside the batch. */
export type StepResult = { loss: tf.Scalar; kept: Record<string, tf.Tensor2D> };
type Apply = (batch: Rows, draws: Past[], keeping: boolean) => StepResult;
type Given = { batch: { x: tf.Tensor; y: tf.Tensor } } & Record<string, { x: tf.Tensor; y: tf.Tensor } | Record<string, tf.Tensor>>;

const drawName = (i: number): string => `draw${i}`;
const keptName = (i: number): string => `kept${i}`;

/** A training's steps as one graph over rows that stay in TensorFlow: only row numbers go in, and the loss comes out. */
export class CompiledStep {
  private constructor(
    private readonly step: Compiled,
    private readonly resident: { x: tf.Tensor; y: tf.Tensor },
  ) {}

  /**
   * Traces the step and checks it against eager ones; null where the step cannot be a graph, which is said once.
   *
   * @param resident all rows that a step may take, scaled; kept until `dispose`, let go of at once for null
   * @param first what the first step takes
   * @param taken steps taken before: random ops go on from there
   */
  static make(apply: Apply, resident: { x: tf.Tensor; y: tf.Tensor }, first: Picked, seed: number, taken: number): CompiledStep | null {
    let refused = false;
    const warn = (message: string): void => {
      refused = true;
      console.warn(message);
    };
    const run = (given: Given) => {
      // Eager steps are the trainer's: it draws the masks, and a strategy may read more there.
      if (refused) throw new CannotCompile('it is taken eagerly');
      const draws = Object.keys(given).filter((key) => key.startsWith('draw')).map((_, i) => ({ ...(given[drawName(i)] as Rows), kept: (given[keptName(i)] ?? {}) as Past['kept'] }));
      return apply(given.batch as Rows, draws, 'keeping' in given);
    };
    const { data, rows } = nest(resident, first);
    const step = compile(run as never, { inputs: data as never, rows, seed, counter: taken, forms: ['gathered'], warn }) as unknown as Compiled;
    if (step.mode === 'eager') {
      step.dispose();
      tf.dispose([resident.x, resident.y]);
      return null;
    }
    return new CompiledStep(step, resident);
  }

  /**
   * One step on these rows. The caller disposes of the result.
   *
   * @throws CannotCompile where a step of another kind than the first, such as the first with a draw from the memory, is
   * refused: nothing of it was taken, and the model is as the step before left it
   */
  take(picked: Picked): StepResult {
    const { data, rows } = nest(this.resident, picked);
    return this.step.gather(data as never, rows) as unknown as StepResult;
  }

  /** Brings the weights and the optimizer up to date. */
  pull(): void {
    this.step.pull();
  }

  dispose(): void {
    this.step.dispose();
    tf.dispose([this.resident.x, this.resident.y]);
  }
}

function nest(resident: { x: tf.Tensor; y: tf.Tensor }, { batch, keeping, draws }: Picked): { data: Given; rows: Record<string, Int32Array> } {
  const data: Given = { batch: resident };
  const rows: Record<string, Int32Array> = { batch };
  // What a step does is decided by what it is given, and nothing reads this.
  if (keeping) data.keeping = { y: resident.y };
  draws.forEach((draw, i) => {
    data[drawName(i)] = resident;
    rows[drawName(i)] = draw.rows;
    if (Object.keys(draw.kept).length > 0) data[keptName(i)] = draw.kept;
  });
  return { data, rows };
}
