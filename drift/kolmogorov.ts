import { logGamma } from './gamma';

/**
 * P(D >= d) of the one-sample two-sided Kolmogorov-Smirnov statistic with n observations. Which formula is used where
 * follows Simard & L'Ecuyer, "Computing the Two-Sided Kolmogorov-Smirnov Distribution", J. Stat. Software 39 (2011).
 *
 * @param n observations, at least 1
 * @param d statistic, 0..1
 */
export function kolmogorovTail(n: number, d: number): number {
  const t = n * d;
  if (d >= 1) return 0;
  if (t <= 0.5) return 1;
  const square = t * d;
  if (d >= 0.5 || square >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * smirnovTail(n, d));
  const central = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4) ? matrixCdf(n, d) : pelzGoodCdf(n, d);
  return Math.min(1, Math.max(0, 1 - central));
}

/** P(D+ >= d), exactly: Birnbaum & Tingey (1951), a sum of positive terms, each from its logarithm. */
function smirnovTail(n: number, d: number): number {
  let sum = 0;
  const last = Math.floor(n * (1 - d));
  const all = logGamma(n + 1);
  for (let v = 0; v <= last; v++) {
    const rest = 1 - d - v / n;
    if (rest <= 0) break;
    const ways = all - logGamma(v + 1) - logGamma(n - v + 1);
    sum += Math.exp(ways + (n - v) * Math.log(rest) + (v - 1) * Math.log(d + v / n));
  }
  return d * sum;
}

/** P(D < d), exactly: the matrix power of Marsaglia, Tsang & Wang, J. Stat. Software 8 (2003). */
function matrixCdf(n: number, d: number): number {
  const k = Math.floor(n * d) + 1;
  const m = 2 * k - 1;
  const h = k - n * d;
  const start = new Float64Array(m * m);
  const factorial = (count: number) => Math.exp(logGamma(count + 1));
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= Math.min(i + 1, m - 1); j++) {
      let value = 1;
      if (j === 0) value -= h ** (i + 1);
      if (i === m - 1) value -= h ** (m - j);
      if (j === 0 && i === m - 1) value += Math.max(0, 2 * h - 1) ** m;
      start[i * m + j] = value / factorial(i - j + 1);
    }
  }
  const { matrix, exponent } = power(start, m, n);
  const centre = matrix[(k - 1) * m + k - 1]!;
  return Math.exp(Math.log(centre) + exponent * Math.LN2 + logGamma(n + 1) - n * Math.log(n));
}

/** matrix^count = result · 2^exponent; the exponent is kept apart since the entries overflow. */
function power(matrix: Float64Array, m: number, count: number): { matrix: Float64Array; exponent: number } {
  if (count === 1) return { matrix, exponent: 0 };
  const half = power(matrix, m, Math.floor(count / 2));
  let result = multiply(half.matrix, half.matrix, m);
  if (count % 2 === 1) result = multiply(result, matrix, m);
  const scale = Math.ceil(Math.log2(result[((m - 1) / 2) * (m + 1)]!));
  for (let i = 0; i < result.length; i++) result[i]! *= 2 ** -scale;
  return { matrix: result, exponent: 2 * half.exponent + scale };
}

function multiply(a: Float64Array, b: Float64Array, m: number): Float64Array {
  const product = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < m; k++) {
      const factor = a[i * m + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < m; j++) product[i * m + j]! += factor * b[k * m + j]!;
    }
  }
  return product;
}

/** P(D < d) for large n: Pelz & Good, J. Royal Stat. Society B 38 (1976), to the order n^(-3/2). */
function pelzGoodCdf(n: number, d: number): number {
  const z = Math.sqrt(n) * d;
  const [z2, z4, z6] = [z ** 2, z ** 4, z ** 6];
  const pi2 = Math.PI ** 2;
  let [k0, k1, k2, k3] = [0, 0, 0, 0];
  for (let k = 0; k < 25; k++) {
    const odd = pi2 * (k + 0.5) ** 2;
    const weight = 2 * Math.exp(-odd / (2 * z2)); // both signs of k + 1/2
    k0 += weight;
    k1 += weight * (odd - z2);
    k2 += weight * (6 * z6 + 2 * z4 + odd * (2 * z4 - 5 * z2) + odd ** 2 * (1 - 2 * z2));
    k3 += (weight * (odd ** 3 * (5 - 30 * z2) + odd ** 2 * (212 * z4 - 60 * z2) + odd * (135 * z4 - 96 * z6) - 30 * z6 - 90 * z4 * z4)) / 6480;
    const even = pi2 * k ** 2;
    const evenWeight = 2 * Math.exp(-even / (2 * z2));
    k2 -= evenWeight * even * 2 * z4;
    k3 += (evenWeight * z4 * (3 * even * z2 - even ** 2)) / 216;
  }
  const front = Math.sqrt(Math.PI / 2) / z;
  return front * (k0 + k1 / (6 * z ** 3 * Math.sqrt(n)) + k2 / (72 * z6 * n) + k3 / (z ** 9 * n ** 1.5));
}
