import { z } from 'zod';
import { divided, meanDiagonal, means, subtractOuter, write, type LinearHead } from './analytic/head';
import { addRows, type Sums } from './analytic/sums';
import { strategy } from './strategy';

/** λ is never below this share of the rows: float32 rounds the sums by about as much. */
const rounding = 1e-5;
/** Between them, √2 apart, is what one-hot regression has to be multiplied by. More would be surer than few rows allow. */
const factors = Array.from({ length: 11 }, (_, i) => 2 ** (i / 2));

/**
 * Recursive ridge regression: the head is solved, not trained, from sums over all rows so far, so that it is the head of all
 * rows at once and forgets nothing, in any order, in one pass, without a stored row (ACIL: Zhuang et al., "Analytic
 * Class-Incremental Learning with Absolute Memorization and Privacy Protection", NeurIPS 2022; RanPAC: McDonnell et al.,
 * NeurIPS 2023). With features f, one-hot classes y, their means f̄ and ȳ, and G = Σ f fᵀ, C = Σ f yᵀ over N rows:
 *
 *     W = (G - N f̄ f̄ᵀ + λ v I)⁻¹ (C - N f̄ ȳᵀ),   b = ȳ - Wᵀ f̄
 *
 * which is ridge regression with a bias that is not held back. Logits are W and b times a factor, see `write`.
 *
 * @param features first: hidden layers are trained by gradients in the first training and stay as they are from then on ·
 *   fixed: never, they stay random; give the model a wide last hidden layer (default first)
 * @param lambda λ in rows: v is the features' mean variance, so λ weighs as much as λ rows (default 100; on rows held out of
 *   MNIST's training set, .1 to 100 are alike, 1,000 costs .1 and 10,000 a whole point)
 * @example
 * model: { mlp: [1000] }
 * learning: { strategy: { name: ridge, features: fixed } }
 */
export const ridge = strategy(
  'ridge',
  z.strictObject({ features: z.enum(['first', 'fixed']).default('first'), lambda: z.number().gt(0).default(100) }),
  (o) => ({
    stepless: o.features === 'fixed' ? true : 'after-first',
    loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
    end: async (session) => {
      const sums = await addRows(session);
      await write(session, regression(sums, o.lambda), sums.counts, factors);
    },
  }),
);

/** The regression onto one-hot classes; overwrites the sums. */
function regression(sums: Sums, lambda: number): LinearHead {
  const { features: n, classes, rows, gram, products } = sums;
  const { mean, shares } = means(sums);
  subtractOuter(gram, mean, rows);
  const ridge = Math.max(lambda, rounding * rows) * (meanDiagonal(gram, n) / rows);
  for (let i = 0; i < n; i++) gram[i * n + i]! += ridge;
  const centred = products.map((sum, i) => sum - rows * mean[Math.floor(i / classes)]! * shares[i % classes]!);
  const kernel = divided(gram, centred, n, 'lambda');
  const bias = shares.slice();
  kernel.forEach((weight, i) => (bias[i % classes]! -= weight * mean[Math.floor(i / classes)]!));
  // One-hot classes sum to 1, and so does their regression: its largest output is above 0.
  return { kernel, bias, least: 0 };
}
