import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** How long the choice may keep the event loop. */
const chunkMs = 40;

/**
 * The rows whose mean stays closest to the mean of all, one after the other (herding, Welling, ICML 2009; algorithm 4 of
 * Rebuffi et al., CVPR 2017). The mean is scaled to length 1, as in van de Ven et al. 2022.
 *
 * @param features rows of length 1, float32 [rows, width]
 * @param limit how many are chosen
 * @returns the rank of each row: 0 for the first chosen, Infinity for those not chosen
 */
export async function herd(features: Float32Array, width: number, limit: number): Promise<Float32Array> {
  const rows = features.length / width;
  const ranks = new Float32Array(rows).fill(Infinity);
  const squares = Float64Array.from({ length: rows }, (_, row) => dot(features, row, features.subarray(row * width, (row + 1) * width)));
  const mean = unitMean(features, width);
  /** What is still missing: (chosen + 1) · mean - sum of the chosen. */
  const missing = mean.slice();
  let yielded = performance.now();
  for (let chosen = 0; chosen < Math.min(limit, rows); chosen++) {
    let [best, most] = [-1, -Infinity];
    for (let row = 0; row < rows; row++) {
      if (ranks[row]! < Infinity) continue;
      // |mean - (sum + f) / k|² is least where f · (k mean - sum) - |f|² / 2 is most.
      const gain = dot(features, row, missing) - squares[row]! / 2;
      if (gain > most) [best, most] = [row, gain];
    }
    ranks[best] = chosen;
    for (let i = 0; i < width; i++) missing[i]! += mean[i]! - features[best * width + i]!;
    if (performance.now() - yielded < chunkMs) continue;
    await setImmediate();
    yielded = performance.now();
  }
  return ranks;
}

function dot(features: Float32Array, row: number, vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0, at = row * vector.length; i < vector.length; i++) sum += features[at + i]! * vector[i]!;
  return sum;
}

function unitMean(features: Float32Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  features.forEach((value, i) => (mean[i % width]! += value));
  const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0)) || 1;
  return mean.map((value) => value / length);
}
