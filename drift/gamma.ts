/** Stirling's series, after lifting small arguments; relative error about 1e-15. Abramowitz & Stegun 6.1.41. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  if (z < 12) {
    let product = 1;
    for (; z < 12; z++) product *= z;
    shift = Math.log(product);
  }
  const r = 1 / (z * z);
  const tail = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - (r * 691) / 360360))))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail - shift;
}

/**
 * Regularised upper incomplete gamma function Q(a, x): by its complement's power series where x < a + 1, else by its
 * continued fraction with Lentz's method (Abramowitz & Stegun 6.5.29 and 6.5.31).
 *
 * @param a above 0
 * @param x at least 0
 * @example upperGamma(0.5, 1.92) // 0.050…: the p-value of chi-squared 3.84 with one degree of freedom
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - (front * series(a, x)) / a : front * fraction(a, x);
}

const precision = 1e-16;

function series(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * precision; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function fraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / nonZero(an * d + b, tiny);
    c = nonZero(b + an / c, tiny);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < precision * 4) break;
  }
  return value;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
