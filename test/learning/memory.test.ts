import { Memory, Random } from '../../learning';

/** Offers rows whose only input is their number. */
function filled(options: ConstructorParameters<typeof Memory>[0], labels: number[], seed: number): Memory {
  const memory = new Memory(options, 1, 3, options.rows!);
  memory.offer({ x: Float32Array.from(labels, (_, i) => i), y: Int32Array.from(labels) }, seed);
  return memory;
}

test('a reservoir keeps every row with the same chance', () => {
  const kept = new Float64Array(40);
  const runs = 1000;
  for (let seed = 0; seed < runs; seed++) {
    for (const row of filled({ rows: 10, sampling: 'reservoir' }, Array(40).fill(0), seed).x) kept[row]!++;
  }
  // Each count is binomial with p = 1/4: sd about 14.
  kept.forEach((count) => expect(Math.abs(count - runs / 4)).toBeLessThan(65));
});

test('a class-balanced reservoir keeps rare classes whole and the others alike', () => {
  const labels = Array.from({ length: 600 }, (_, i) => (i % 60 === 0 ? 2 : i % 6 === 0 ? 1 : 0));
  const counts = [0, 0, 0];
  for (const label of filled({ rows: 60, sampling: 'class-balanced' }, labels, 1).y) counts[label]!++;
  expect(counts[2]).toBe(10);
  expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(1);
});

test('what is kept does not depend on how the rows came', () => {
  const labels = Array.from({ length: 300 }, (_, i) => i % 3);
  for (const sampling of ['reservoir', 'class-balanced'] as const) {
    const whole = filled({ rows: 20, sampling }, labels, 4);
    const parts = new Memory({ rows: 20, sampling }, 1, 3, 20);
    for (const [from, to] of [[0, 7], [7, 150], [150, 300]] as const) {
      parts.offer({ x: Float32Array.from({ length: to - from }, (_, i) => from + i), y: Int32Array.from(labels.slice(from, to)) }, 4);
      const restored = new Memory({ rows: 20, sampling }, 1, 3, 20);
      restored.restore(parts.arrays(null), 4);
      expect(restored.arrays(null)).toEqual(parts.arrays(null));
    }
    expect(parts.arrays(null)).toEqual(whole.arrays(null));
  }
});

test('a memory that was larger gives a random part of its rows to a smaller one', () => {
  const small = new Memory({ rows: 5, sampling: 'reservoir' }, 1, 3, 5);
  small.restore(filled({ rows: 50, sampling: 'reservoir' }, Array(50).fill(1), 1).arrays(null), 1);
  expect(small.size).toBe(5);
  expect(new Set(small.x).size).toBe(5);
  expect(small.seen).toBe(50);
});

test('samples have no row twice where there are enough rows', () => {
  const memory = filled({ rows: 20, sampling: 'reservoir' }, Array(20).fill(0), 1);
  expect(new Set(memory.sample(20, new Random(1))).size).toBe(20);
  expect(memory.sample(30, new Random(1))).toHaveLength(30);
});

test("another model's memory is refused", () => {
  const other = new Memory({ rows: 5, sampling: 'reservoir' }, 2, 3, 5);
  expect(() => other.restore(filled({ rows: 5, sampling: 'reservoir' }, [1, 2], 1).arrays(null), 1)).toThrow('rows of 1 inputs and 3 classes; the model has 2 and 3');
});

test('rows that fit into the bytes stay, however badly the rows of a later training pack', () => {
  const options = { bytes: 20_000, sampling: 'reservoir' as const };
  const constant = new Memory(options, 4, 3, 100_000);
  constant.offer({ x: new Float32Array(4 * 1000).fill(2), y: new Int32Array(1000) }, 1);
  const later = new Random(2);
  const noise = Float32Array.from({ length: 4 * 100 }, () => later.uniform());
  // As `capacityFor` reckons it from the noise alone: fewer rows than there are already.
  const next = new Memory(options, 4, 3, 900);
  next.restore(constant.arrays(1), 1);
  next.offer({ x: noise, y: new Int32Array(100) }, 1);
  expect(next.size).toBe(1100);
  const { y } = next.arrays(1);
  expect(y!.shape).toEqual([1100]);
});
