/**
 * Solves A X = B for a symmetric, positive definite A, by A = L Lᵀ (Cholesky).
 *
 * @param a A, float64 [n, n] row by row; its lower triangle is read, and overwritten with L
 * @param b B, float64 [n, m] row by row; overwritten with X
 * @returns false where A is not positive definite, as far as float64 can tell; then `a` and `b` are of no use
 * @example solve(Float64Array.of(4, 2, 2, 3), Float64Array.of(8, 7), 2) // b is then [1.25, 1.5]
 */
export function solve(a: Float64Array, b: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = a.subarray(i * n, i * n + i + 1);
    for (let j = 0; j <= i; j++) {
      const other = a.subarray(j * n, j * n + j + 1);
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!;
      if (j < i) row[j] = rest / other[j]!;
      else if (rest > 0) row[j] = Math.sqrt(rest);
      else return false;
    }
  }
  const m = b.length / n;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtract(b, i, a[i * n + k]!, k, m);
    divide(b, i, a[i * n + i]!, m);
  }
  for (let i = n - 1; i >= 0; i--) {
    divide(b, i, a[i * n + i]!, m);
    for (let k = 0; k < i; k++) subtract(b, k, a[i * n + k]!, i, m);
  }
  return true;
}

/** Row `to` less `factor` times row `from`. */
function subtract(b: Float64Array, to: number, factor: number, from: number, m: number): void {
  for (let c = 0; c < m; c++) b[to * m + c]! -= factor * b[from * m + c]!;
}

function divide(b: Float64Array, row: number, by: number, m: number): void {
  for (let c = 0; c < m; c++) b[row * m + c]! /= by;
}
