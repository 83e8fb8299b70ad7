import * as tf from '@tensorflow/tfjs';
import { TrainingDiverged } from '../../../contracts';
import type { Session } from '../strategy';
import { solve } from './cholesky';
import type { Sums } from './sums';

/** Rows that the scale of the logits is found on. */
const judged = 4096;
/** So much lower than the largest logit is that of a class without rows. */
const unseen = 20;

/** A linear head: logits are fᵀ kernel + bias. */
export interface LinearHead {
  /** [features, classes] row by row; zeros for a class without rows. */
  kernel: Float64Array;
  /** [classes]; of no meaning for a class without rows. */
  bias: Float64Array;
  /** The largest logit of any row is never below this. */
  least: number;
}

/** The mean feature, [features], and each class's share of the rows, [classes]. */
export function means({ features, classes, rows, products, counts }: Sums): { mean: Float64Array; shares: Float64Array } {
  const mean = Float64Array.from({ length: features }, (_, i) => products.subarray(i * classes, (i + 1) * classes).reduce((sum, value) => sum + value, 0) / rows);
  return { mean, shares: counts.map((n) => n / rows) };
}

/** Takes `weight · u uᵀ` off the lower triangle. */
export function subtractOuter(matrix: Float64Array, u: Float64Array, weight: number): void {
  const n = u.length;
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix[i * n + j]! -= weight * u[i]! * u[j]!;
}

/** The mean of the diagonal; 1 where all of it is 0, as for features that never vary. */
export function meanDiagonal(matrix: Float64Array, n: number): number {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * n + i]!;
  return trace > 0 ? trace / n : 1;
}

/** A⁻¹ B. Throws TrainingDiverged where A cannot be inverted, naming the option that would help. */
export function divided(a: Float64Array, b: Float64Array, n: number, option: string): Float64Array {
  if (solve(a, b, n) && b.every(Number.isFinite)) return b;
  throw new TrainingDiverged(`the sums of the features cannot be inverted; make ${option} ten times larger, or look for extreme values in the columns`);
}

/**
 * Writes a head into the model, times the factor that gives the least cross-entropy on this training's rows (4,096 at
 * most): a positive factor changes no decision, but makes the softmax say how sure it is (Guo et al., "On Calibration of
 * Modern Neural Networks", ICML 2017, call its inverse the temperature).
 *
 * @param factors those to choose from
 */
export async function write(session: Session, { kernel, bias, least }: LinearHead, counts: Float64Array, factors: number[]): Promise<void> {
  const { head } = session;
  const assign = (factor: number, empty: number): void => tf.tidy(() => {
    head.kernel.assign(tf.tensor(Float32Array.from(kernel, (value) => factor * value), head.kernel.shape));
    head.bias.assign(tf.tensor(Float32Array.from(bias, (value, c) => (counts[c]! > 0 ? factor * value : empty)), head.bias.shape));
  });
  assign(1, least - unseen / Math.min(...factors));
  const losses = await lossesBy(session, factors);
  const best = factors[losses.indexOf(Math.min(...losses))] ?? 1;
  assign(best, best * least - unseen);
}

/** The cross-entropy of the head's logits times each factor, summed over some rows. */
async function lossesBy(session: Session, factors: number[]): Promise<number[]> {
  const { count } = session.rows;
  const rows = Int32Array.from({ length: Math.min(count, judged) }, (_, i) => Math.floor((i * count) / Math.min(count, judged)));
  const losses = tf.tidy(() => tf.variable(tf.zeros([factors.length]), false));
  try {
    await session.sweep('rows', ({ x, y }) => {
      const logits = session.features(x).matMul(session.head.kernel).add(session.head.bias) as tf.Tensor2D;
      losses.assign(losses.add(tf.stack(factors.map((factor) => session.crossEntropy(logits.mul(factor), y).mul(y.shape[0])))));
    }, { rows });
    return [...losses.dataSync()];
  } finally {
    losses.dispose();
  }
}
