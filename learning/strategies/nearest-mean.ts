import * as tf from '@tensorflow/tfjs';
import type { Session } from './strategy';

/** How far below the least logit of the others a class is that has no exemplars: never chosen, and not lost to what trains on. */
const below = 20;
/** The scale is found on so many exemplars at most. */
const judged = 2048;
const rowsAtOnce = 512;

/** Features of length 1: float32 [rows, features]. */
export const unitFeatures = (features: tf.Tensor2D): tf.Tensor2D => unit(features, 1);

/** Each row (axis 1) or column (axis 0) of length 1; one of zeros stays so. */
const unit = (matrix: tf.Tensor2D, axis: 0 | 1): tf.Tensor2D => matrix.div(matrix.norm('euclidean', axis, true).maximum(1e-12));

/**
 * Makes the model's head a nearest-mean classifier over the memory (Rebuffi et al., CVPR 2017): with rows and means of
 * length 1 the nearest mean is the one with the largest product, so `kernel` holds the classes' means as columns, `bias`
 * is 0, and any client that can run the model classifies by the nearest mean. A class without a row in memory is never chosen.
 *
 * The kernel's scale changes no decision, only how sure softmax is of it. It is the likeliest on the memory's rows, where
 * every class counts one row more for each of them than it has (Platt 1999), so that a perfect fit is not infinitely sure.
 */
export async function classifyByMeans({ memory, features, head, heads, sweep }: Session): Promise<void> {
  if (!memory || memory.count === 0) return;
  const [width, classes] = head.kernel.shape as [number, number];
  const sums = tf.tidy(() => tf.zeros<tf.Rank.R2>([width, classes]).variable(false));
  await sweep('memory', ({ x, y }) => sums.assign(sums.add(unitFeatures(features(x)).matMul(tf.oneHot(y, classes).toFloat(), true))));
  const counts = new Array<number>(classes).fill(0);
  for (const place of places(memory.count, memory.count)) tf.tidy(() => memory.take(place).y.dataSync().forEach((label) => counts[label]!++));
  tf.tidy(() => {
    const means = unit(sums, 0);
    const [products, labels]: [number[][], number[]] = [[], []];
    for (const place of places(memory.count, judged)) {
      const { x, y } = memory.take(place);
      products.push(...(features(x).matMul(means) as tf.Tensor2D).arraySync());
      labels.push(...y.dataSync());
    }
    const rivals = (label: number): number[] => (heads?.find((members) => members.includes(label)) ?? counts.map((_, i) => i)).filter((i) => counts[i]! > 0);
    const scale = likeliestScale(products, labels, counts, rivals);
    head.kernel.assign(means.mul(scale));
    head.bias.assign(tf.tensor1d(counts.map((rows) => (rows > 0 ? 0 : -scale - below))));
  });
  sums.dispose();
}

/** Some places out of all, evenly spread, in portions. */
function places(count: number, some: number): Int32Array[] {
  const all = Int32Array.from({ length: Math.min(count, some) }, (_, i) => Math.floor((i * count) / Math.min(count, some)));
  return Array.from({ length: Math.ceil(all.length / rowsAtOnce) }, (_, i) => all.subarray(i * rowsAtOnce, (i + 1) * rowsAtOnce));
}

/**
 * The scale for which the rows' classes are likeliest: the cross-entropy is convex in it, so its slope is bisected.
 *
 * @param products rows' features times means: [rows][classes]
 * @param counts rows of each class
 * @param rivals the classes that a row of a class may be taken for
 */
export function likeliestScale(products: number[][], labels: number[], counts: number[], rivals: (label: number) => number[]): number {
  const slope = (scale: number): number =>
    labels.reduce((sum, label, row) => {
      const z = products[row]!;
      const among = rivals(label);
      const largest = Math.max(...among.map((i) => z[i]!));
      const odds = among.map((i) => Math.exp(scale * (z[i]! - largest)));
      const total = odds.reduce((a, b) => a + b, 0);
      const all = counts[label]! + among.length;
      return sum + among.reduce((part, i, k) => part + (odds[k]! / total - (i === label ? counts[label]! + 1 : 1) / all) * z[i]!, 0);
    }, 0);
  let [low, high] = [-15, 15];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (slope(Math.exp(middle)) < 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
