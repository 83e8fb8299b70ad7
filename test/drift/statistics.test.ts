import { ascending, chi2, holm, jensenShannon, ksPValue, ksStatistic, psi, wasserstein, xoshiro128 } from '../../drift';
import { upperGamma } from '../../drift/gamma';
import { kolmogorovTail } from '../../drift/kolmogorov';
import { fromState } from '../../drift/random';
import scipy from './scipy.json';

test('PSI sees a column of two values move, wherever its deciles lie', () => {
  const share = (ones: number): ReturnType<typeof ascending> => ascending(Array.from({ length: 1000 }, (_, i) => Number(i < 1000 * ones)));
  const term = (p: number, q: number): number => (Math.max(q, 1e-4) - Math.max(p, 1e-4)) * Math.log(Math.max(q, 1e-4) / Math.max(p, 1e-4));
  for (const [p, q] of [[0.25, 1], [0.25, 0], [0.25, 0.5], [0.5, 0.75]] as const) expect(psi(share(p), share(q))).toBeCloseTo(term(p, q) + term(1 - p, 1 - q), 6);
});

describe('distributions agree with scipy', () => {
  it.each(scipy['kolmogorovTail [n, d, p]'] as [number, number, number][])('Kolmogorov with n = %d at %d', (n, d, p) => {
    expect(Math.abs(kolmogorovTail(n, d) - p)).toBeLessThanOrEqual(1e-9 * p);
  });

  it.each(scipy['ksPValue [n, m, statistic, p]'] as [number, number, number, number][])('two samples of %d and %d at %d', (n, m, statistic, p) => {
    expect(Math.abs(ksPValue(statistic, n, m) - p)).toBeLessThanOrEqual(1e-9 * p);
    expect(Math.abs(ksPValue(statistic, m, n) - p)).toBeLessThanOrEqual(1e-9 * p);
  });

  it.each(scipy['upperGamma [a, x, q]'] as [number, number, number][])('upper gamma with a = %d at %d', (a, x, q) => {
    expect(Math.abs(upperGamma(a, x) - q)).toBeLessThanOrEqual(1e-11 * q);
  });
});

it('the same values in another order make no difference to any statistic', () => {
  const [x, y] = [ascending([3, 1, 2, 2]), ascending([2, 1, 2, 3])];
  expect([ksStatistic(x, y), wasserstein(x, y), psi(x, y)]).toEqual([0, 0, 0]);
});

it('missing and infinite values are left out', () => {
  expect(ascending([3, NaN, 1, Infinity, -Infinity])).toEqual(Float64Array.of(1, 3));
});

it('an empty sample shows no change', () => {
  const [x, none] = [ascending([1, 2]), ascending([])];
  expect([ksStatistic(x, none), wasserstein(x, none), psi(x, none), psi(none, x)]).toEqual([0, 0, 0, 0]);
  expect(ksPValue(0, 2, 0)).toBe(1);
  expect(chi2([1, 2], [0, 0])).toEqual({ statistic: 0, p: 1 });
  expect(jensenShannon([1, 2], [0, 0])).toBe(0);
});

it('moving every value by five moves the Wasserstein distance by five', () => {
  expect(wasserstein(ascending([0, 1, 3]), ascending([5, 6, 8]))).toBeCloseTo(5, 12);
});

it('categories without overlap are at distance one', () => {
  expect(jensenShannon([3, 0], [0, 9])).toBe(1);
});

it('three categories are tested without a correction, two with it', () => {
  expect(chi2([10, 20, 30], [6, 30, 50]).statistic).toBeCloseTo(3.480232558139537, 12);
  expect(chi2([10, 20, 30, 0], [6, 30, 50, 0]).p).toBeCloseTo(0.1754999924546318, 12);
  expect(chi2([2431, 1601], [2274, 1758]).statistic).toBeCloseTo(12.417383216185424, 10);
});

it("Holm's correction never lets a larger p-value end up smaller", () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

it('the generator gives the published algorithm’s numbers', () => {
  const random = fromState([1, 2, 3, 4]);
  expect(Array.from({ length: 8 }, () => random.bits())).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849]);
});

it('the same seed gives the same draws, another seed others, all below the limit', () => {
  const draw = (seed: number) => {
    const random = xoshiro128(seed);
    return Array.from({ length: 600 }, () => random.below(6));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const counts = [0, 1, 2, 3, 4, 5].map((face) => draw(7).filter((drawn) => drawn === face).length);
  expect(Math.min(...counts)).toBeGreaterThan(60);
  expect(counts.reduce((a, b) => a + b)).toBe(600);
});
