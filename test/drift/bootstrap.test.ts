import { blockBootstrap, xoshiro128, type RandomSource } from '../../drift';

// Taken once: a look-up of Math in the test environment's own global costs more than the sine itself.
const { cos, log, sqrt, PI } = Math;
const uniform = (random: RandomSource) => random.bits() / 0x1_0000_0000;
const normal = (random: RandomSource) => sqrt(-2 * log(1 - uniform(random))) * cos(2 * PI * uniform(random));

/** x(t) = phi · x(t-1) + e(t), from its stationary distribution; mean 0. */
function autoregressive(n: number, phi: number, random: RandomSource): Float64Array {
  let value = normal(random) / Math.sqrt(1 - phi * phi);
  return Float64Array.from({ length: n }, () => (value = phi * value + normal(random)));
}

/** 0-1 losses that stay as they were with probability phi; mean `rate`. */
function sticky(n: number, phi: number, rate: number, random: RandomSource): Float64Array {
  let value = uniform(random) < rate ? 1 : 0;
  return Float64Array.from({ length: n }, () => (value = uniform(random) < phi ? value : uniform(random) < rate ? 1 : 0));
}

const series = {
  'AR(1) 0.5': { truth: 0, draw: (n: number, random: RandomSource) => autoregressive(n, 0.5, random) },
  'AR(1) 0.8': { truth: 0, draw: (n: number, random: RandomSource) => autoregressive(n, 0.8, random) },
  '0-1 losses 0.5': { truth: 0.25, draw: (n: number, random: RandomSource) => sticky(n, 0.5, 0.25, random) },
  '0-1 losses 0.8': { truth: 0.25, draw: (n: number, random: RandomSource) => sticky(n, 0.8, 0.25, random) },
};

describe.each(Object.entries(series))('%s', (_, { truth, draw }) => {
  it.each([270, 1344])('the bounds of %d rows are right in about 95 of 100 series', (n) => {
    const random = xoshiro128(n);
    const runs = 600;
    let [above, below] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const { lower, upper } = blockBootstrap(draw(n, random), { seed: run, replicates: 300 });
      if (upper >= truth) above++;
      if (lower <= truth) below++;
    }
    // The promise is at least 0.92; one standard error of 600 series is 0.009.
    expect(above / runs).toBeGreaterThanOrEqual(0.91);
    expect(below / runs).toBeGreaterThanOrEqual(0.91);
    expect(above / runs).toBeLessThanOrEqual(0.985);
    expect(below / runs).toBeLessThanOrEqual(0.985);
  });
});

it('treating neighbouring rows as independent would be far too sure', () => {
  const random = xoshiro128(3);
  const covered = Array.from({ length: 300 }, (_, seed) => blockBootstrap(autoregressive(540, 0.8, random), { seed, replicates: 300, block: 1 }).upper >= 0);
  expect(covered.filter(Boolean).length / 300).toBeLessThan(0.8);
});

it('the same seed gives the same bounds to the last bit', () => {
  const losses = sticky(269, 0.5, 0.2, xoshiro128(5));
  expect(blockBootstrap(losses, { seed: 9 })).toEqual(blockBootstrap(losses, { seed: 9 }));
  expect(blockBootstrap(losses, { seed: 9 })).not.toEqual(blockBootstrap(losses, { seed: 10 }));
});

it('more confidence asks for wider bounds', () => {
  const losses = sticky(500, 0.5, 0.2, xoshiro128(6));
  const [usual, strict] = [blockBootstrap(losses), blockBootstrap(losses, { confidence: 0.99 })];
  expect(strict.upper).toBeGreaterThan(usual.upper);
  expect(strict.lower).toBeLessThan(usual.lower);
});

it('a stickier series gets longer blocks', () => {
  const random = xoshiro128(8);
  expect(blockBootstrap(autoregressive(1344, 0.8, random)).block).toBeGreaterThan(2 * blockBootstrap(autoregressive(1344, 0, random)).block);
});

it('equal losses leave no doubt about their mean', () => {
  expect(blockBootstrap([0, 0, 0, 0])).toMatchObject({ mean: 0, lower: 0, upper: 0, standardError: 0 });
});

it.each([
  [1, 4.74],
  [2, 6.3],
  [3, 7.75],
])('an upper bound of %d lone errors is near that of Poisson, wherever they fall', (errors, exact) => {
  const losses = new Float64Array(269);
  for (let k = 0; k < errors; k++) losses[268 - 80 * k] = 1;
  const { lower, upper } = blockBootstrap(losses);
  expect(lower).toBeLessThan(errors / 269);
  expect(upper * 269).toBeGreaterThan(0.6 * exact);
  expect(upper * 269).toBeLessThan(1.6 * exact);
});

it('a series of one row and a missing loss are refused with the cure', () => {
  expect(() => blockBootstrap([1])).toThrow('at least 2 rows, found 1: hold out more rows');
  expect(() => blockBootstrap([1, NaN, 0])).toThrow('leave out the rows without a loss');
});
