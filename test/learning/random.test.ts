import { Random, seedFor } from '../../learning';

test('the same parts give the same draws, other parts give others', () => {
  const draws = (...parts: (number | string)[]): number[] => {
    const random = new Random(...parts);
    return [random.uint32(), random.uint32(), random.uint32()];
  };
  expect(draws(1, 'order', 3)).toEqual(draws(1, 'order', 3));
  expect(draws(1, 'order', 3)).not.toEqual(draws(1, 'order', 4));
  expect(draws(1, 'order', 3)).not.toEqual(draws(1, 'past', 3));
  expect(draws(11, 1)).not.toEqual(draws(1, 11));
  expect(draws(1)).not.toEqual(draws('1'));
});

test('the generator is xoshiro128**: from the state 1, 2, 3, 4 come the numbers of a hand-worked run', () => {
  const random = new Random();
  random.state = [1, 2, 3, 4];
  // rotl(2·5, 7)·9 = 11520; then the state is [7, 0, 1026, 12288], so rotl(0·5, 7)·9 = 0.
  expect([random.uint32(), random.uint32()]).toEqual([11520, 0]);
});

test('a generator goes on from its saved state', () => {
  const random = new Random(5);
  random.uniform();
  const { state } = random;
  const next = random.permutation(10);
  const other = new Random(9);
  other.state = state;
  expect(other.permutation(10)).toEqual(next);
});

test('uniform numbers have the mean and variance of the uniform distribution, and bounded integers are even', () => {
  const random = new Random(2);
  const values = Array.from({ length: 20_000 }, () => random.uniform());
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
  const counts = [0, 0, 0];
  for (let i = 0; i < 9_000; i++) counts[random.below(3)]!++;
  counts.forEach((count) => expect(Math.abs(count - 3000)).toBeLessThan(200));
});

test('a permutation holds every index once, and a choice no index twice', () => {
  expect([...new Random(3).permutation(50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(new Set(new Random(3).choose(50, 20)).size).toBe(20);
});

test('a seed for tf.js is never 0, which tf.js takes for none', () => {
  for (let i = 0; i < 1000; i++) expect(seedFor(i)).toBeGreaterThan(0);
});
