import { z } from 'zod';
import { divided, meanDiagonal, means, subtractOuter, write, type LinearHead } from './analytic/head';
import { addRows, type Sums } from './analytic/sums';
import { strategy } from './strategy';

/** The covariance is never shrunk by less: float32 rounds the sums by about as much. */
const rounding = 1e-5;
/** Between them, √2 apart, is what the posterior's logits are multiplied by: at most 1, since it is too sure of itself. */
const factors = Array.from({ length: 11 }, (_, i) => 2 ** (-i / 2));

/**
 * Streaming linear discriminant analysis: a mean for each class and one covariance for all, found from sums over all rows so
 * far (Hayes & Kanan, "Lifelong Machine Learning with Deep Streaming Linear Discriminant Analysis", CVPR Workshops 2020).
 * Where the paper updates the covariance row by row, it is that of all rows within their classes here, so that no order
 * matters; and classes have their shares π as priors. With class means μ, the mean m of all rows and the covariance Σ:
 *
 *     Λ = ((1 - ε) Σ + ε t I)⁻¹,   logit of class c = (f - m)ᵀ Λ (μ_c - m) - ½ (μ_c - m)ᵀ Λ (μ_c - m) + log π_c
 *
 * where t is the mean variance of a feature; times a factor, see `write`.
 *
 * @param features as with `ridge` (default first)
 * @param shrinkage ε, 1e-5..1 (default: the oracle approximating shrinkage of Chen et al., "Shrinkage algorithms for MMSE
 *   covariance estimation", 2010, which the paper's authors begin with: little where there are many rows)
 * @example
 * learning: { strategy: slda }
 */
export const slda = strategy(
  'slda',
  z.strictObject({ features: z.enum(['first', 'fixed']).default('first'), shrinkage: z.number().min(rounding).max(1).optional() }),
  (o) => ({
    stepless: o.features === 'fixed' ? true : 'after-first',
    loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
    end: async (session) => {
      const sums = await addRows(session);
      await write(session, discriminant(sums, o.shrinkage), sums.counts, factors);
    },
  }),
);

/** The classes' log posteriors, less what all of them share; overwrites the sums. */
function discriminant(sums: Sums, given: number | undefined): LinearHead {
  const { features: n, classes, rows, gram, products, counts } = sums;
  const { mean, shares } = means(sums);
  const centred = new Float64Array(n * classes);
  for (let c = 0; c < classes; c++) {
    if (counts[c] === 0) continue;
    const sum = Float64Array.from({ length: n }, (_, i) => products[i * classes + c]!);
    subtractOuter(gram, sum, 1 / counts[c]!);
    sum.forEach((value, i) => (centred[i * classes + c] = value / counts[c]! - mean[i]!));
  }
  const shrinkage = given ?? oas(gram, n, rows);
  const target = shrinkage * (meanDiagonal(gram, n) / rows);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) gram[i * n + j] = (gram[i * n + j]! / rows) * (1 - shrinkage) + (i === j ? target : 0);
  const kernel = divided(gram, centred.slice(), n, 'shrinkage');
  const bias = shares.map((share) => (share > 0 ? Math.log(share) : 0));
  kernel.forEach((weight, i) => (bias[i % classes]! -= weight * (centred[i]! / 2 + mean[Math.floor(i / classes)]!)));
  return { kernel, bias, least: meanLogit(kernel, centred, shares) };
}

/** Chen et al. 2010, equation 23, for the covariance whose sums over `rows` rows are given. */
function oas(scatter: Float64Array, n: number, rows: number): number {
  let [trace, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    trace += scatter[i * n + i]!;
    for (let j = 0; j <= i; j++) squares += (j < i ? 2 : 1) * scatter[i * n + j]! ** 2;
  }
  const spread = (rows + 1 - 2 / n) * (squares - trace ** 2 / n);
  return spread > 0 ? Math.min(1, Math.max(rounding, ((1 - 2 / n) * squares + trace ** 2) / spread)) : 1;
}

/** The classes' logits, averaged by their shares: the same for all rows, and never above the largest. */
function meanLogit(kernel: Float64Array, centred: Float64Array, shares: Float64Array): number {
  const classes = shares.length;
  const ofClasses = shares.map((share) => (share > 0 ? share * Math.log(share) : 0)).reduce((sum, value) => sum + value, 0);
  return kernel.reduce((sum, weight, i) => sum - (shares[i % classes]! / 2) * weight * centred[i]!, ofClasses);
}
