import { Memory, type MemoryOptions } from '../../learning';

type Sampling = MemoryOptions['sampling'];

/** A memory of so many rows, each of one input. */
const empty = (rows: number, sampling: Sampling, classes = 3): Memory => new Memory({ rows, sampling }, 1, classes, rows);

/** Offers rows whose only input is their number, counted from `first`. */
function offer(memory: Memory, labels: number[], seed: number, kept?: Record<string, number[]>, first = 0): Int32Array {
  const beside = Object.fromEntries(Object.entries(kept ?? {}).map(([name, values]) => [name, Float32Array.from(values)]));
  return memory.offer({ x: Float32Array.from(labels, (_, i) => first + i), y: Int32Array.from(labels), kept: beside }, seed);
}

test("a class-balanced memory keeps a class's rows with the same chance, whenever they came", () => {
  // 300 rows of class 0, and 30 of class 1 that come late: of 40 places each has 20 in the end.
  const labels = Array.from({ length: 330 }, (_, i) => (i >= 150 && (i - 150) % 6 === 0 ? 1 : 0));
  const [tenths, rare] = [new Float64Array(10), new Float64Array(2)];
  const runs = 150;
  for (let seed = 0; seed < runs; seed++) {
    const memory = empty(40, 'class-balanced');
    offer(memory, labels, seed);
    memory.x.forEach((row, place) => (memory.y[place] === 0 ? tenths[Math.floor(row / 33)]!++ : rare[row < 240 ? 0 : 1]!++));
  }
  const rows = Array.from({ length: 10 }, (_, i) => labels.slice(33 * i, 33 * i + 33).filter((label) => label === 0).length);
  // 20 of 300 are kept: a tenth's count has a mean of runs · rows / 15 and an sd of about 17.
  tenths.forEach((count, i) => expect(Math.abs(count - (runs * rows[i]!) / 15)).toBeLessThan(75));
  expect(Math.abs(rare[0]! - rare[1]!)).toBeLessThan(140);
});

describe('gss-greedy', () => {
  /** Full, with these scores. */
  function full(scores: number[]): Memory {
    const memory = empty(scores.length, 'gss-greedy');
    offer(memory, scores.map(() => 0), 1, { score: scores, gate: scores.map(() => 1) });
    return memory;
  }

  /** How often a row of this score got each place in 3,000 runs. */
  function shares(scores: number[], score: number): number[] {
    const counts = scores.map(() => 0);
    for (let seed = 0; seed < 3000; seed++) {
      const [place] = offer(full(scores), [1], seed, { score: [score], gate: [-0.5] });
      if (place! >= 0) counts[place!]!++;
    }
    return counts.map((count) => count / 3000);
  }

  test('draws a place by its score, which gives way by its share of both scores', () => {
    // Drawn with chances 0, 1/6, 2/6, 3/6 (the .01 of the formula cancels out); shares p/(p + .4) with p = .5, .75, 1.
    const expected = [0, (1 / 6) * (0.5 / 0.9), (2 / 6) * (0.75 / 1.15), (3 / 6) * (1 / 1.4)];
    shares([-0.5, 0, 0.5, 1], -0.2).forEach((share, i) => expect(Math.abs(share - expected[i]!)).toBeLessThan(0.025));
  });

  test('draws equal scores alike', () => {
    shares([0.1, 0.1, 0.1, 0.1], 0.1).forEach((share) => expect(Math.abs(share - 1 / 8)).toBeLessThan(0.02));
  });

  test('keeps nothing of a batch that points where the memory does', () => {
    const memory = full([0.5, 0.9]);
    expect([...offer(memory, [1, 1], 1, { score: [-1, -1], gate: [0, 0.3] })]).toEqual([-1, -1]);
    expect([...memory.x]).toEqual([0, 1]);
  });

  test('takes whatever comes while there is room', () => {
    expect([...offer(empty(3, 'gss-greedy'), [0, 1, 2], 1, { score: [1, 1, 1], gate: [1, 1, 1] })]).toEqual([0, 1, 2]);
  });

  test('rows that another strategy kept have no score and count as 0', () => {
    const memory = empty(2, 'gss-greedy');
    offer(memory, [0, 0], 1);
    // Shares of (0 + 1) / 2 and (-.9 + 1) / 2: ten to one.
    for (let seed = 0; seed < 20; seed++) offer(memory, [1], seed, { score: [-0.9], gate: [-1] });
    expect([...memory.scores!.subarray(0, 2)]).toEqual([Math.fround(-0.9), Math.fround(-0.9)]);
  });
});

describe('ranked', () => {
  const kept = (memory: Memory): number[][] => [0, 1, 2].map((label) => [...memory.x].filter((_, place) => memory.y[place] === label).sort((a, b) => a - b));

  test("each class keeps its rows of the lowest rank, in whatever order they come", () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ label: i % 3, rank: (i * 17) % 60 }));
    const best = [0, 1, 2].map((label) => rows.flatMap((row, i) => (row.label === label ? [{ ...row, i }] : [])).sort((a, b) => a.rank - b.rank).slice(0, 4).map(({ i }) => i).sort((a, b) => a - b));
    for (const parts of [[60], [1, 30, 29]]) {
      const memory = empty(12, 'ranked');
      let from = 0;
      for (const count of parts) {
        const some = rows.slice(from, from + count);
        offer(memory, some.map(({ label }) => label), 1, { rank: some.map(({ rank }) => rank) }, from);
        from += count;
      }
      expect(kept(memory)).toEqual(best);
    }
  });

  test('a class that comes later takes places from those of the highest rank', () => {
    const memory = empty(6, 'ranked');
    offer(memory, [0, 0, 0, 0, 0, 0, 0], 1, { rank: [3, 1, 4, 0, 5, 6, 2] });
    expect(kept(memory)).toEqual([[0, 1, 2, 3, 4, 6], [], []]);
    offer(memory, [1, 1], 1, { rank: [0, 1] }, 100);
    expect(kept(memory)).toEqual([[0, 1, 3, 6], [100, 101], []]);
    offer(memory, [1, 1, 2], 1, { rank: [2, 3, 0] }, 200);
    expect(kept(memory)).toEqual([[1, 3], [100, 101, 200], [202]]);
  });

  test('rows without a rank go first', () => {
    const memory = empty(3, 'ranked');
    offer(memory, [0, 0, 0], 1);
    offer(memory, [0, 0], 1, { rank: [7, 8] }, 10);
    expect(kept(memory)[0]).toEqual(expect.arrayContaining([10, 11]));
  });

  test('a smaller memory takes over those of the lowest rank', () => {
    const large = empty(8, 'ranked');
    offer(large, [0, 1, 0, 1, 0, 1, 0, 1], 1, { rank: [3, 0, 2, 1, 1, 2, 0, 3] });
    const small = empty(4, 'ranked');
    small.restore(large.arrays(null), 1);
    expect(kept(small)).toEqual([[4, 6], [1, 3], []]);
  });
});

test('an offer tells the place that each row has afterwards', () => {
  for (const sampling of ['reservoir', 'class-balanced'] as const) {
    const memory = empty(5, sampling);
    const where = new Map<number, number>();
    for (let from = 0; from < 60; from += 6) {
      const places = offer(memory, Array.from({ length: 6 }, (_, i) => i % 3), 9, {}, from);
      places.forEach((place, i) => place >= 0 && where.set(place, from + i));
      for (const [place, row] of where) expect(memory.x[place]).toBe(row);
      expect(places.filter((place) => place >= 0)).toHaveLength(new Set(places.filter((place) => place >= 0)).size);
    }
    expect(where.size).toBe(5);
  }
});

test.each(['reservoir', 'class-balanced', 'gss-greedy', 'ranked'] as const)('private rows are never kept, nor counted (%s)', (sampling) => {
  const memory = empty(10, sampling);
  const labels = Array.from({ length: 60 }, (_, i) => i % 3);
  const beside = { score: Float32Array.from(labels, () => 0), gate: Float32Array.from(labels, () => -1), rank: Float32Array.from(labels.keys()) };
  const places = memory.offer({ x: Float32Array.from(labels.keys()), y: Int32Array.from(labels), kept: beside, private: Uint8Array.from(labels, (_, i) => i % 2) }, 5);
  expect(memory.size).toBe(10);
  expect([...memory.x].filter((row) => row % 2 === 1)).toEqual([]);
  expect([...places].filter((place, row) => row % 2 === 1 && place >= 0)).toEqual([]);
  expect(memory.seen).toBe(30);
});

describe('what is kept beside the rows', () => {
  const values = (memory: Memory, name: string): number[] => [...memory.kept()[name]!.values];

  test('stays with its row', () => {
    const memory = empty(4, 'reservoir');
    offer(memory, Array<number>(50).fill(0), 3, { logits: Array.from({ length: 100 }, (_, i) => i) });
    expect(values(memory, 'logits')).toEqual([...memory.x].flatMap((row) => [2 * row, 2 * row + 1]));
  });

  test('is not known for rows that came without it', () => {
    const memory = empty(4, 'reservoir');
    offer(memory, [0, 0], 1);
    offer(memory, [1], 1, { logits: [1, 2] });
    offer(memory, [2], 1);
    expect(values(memory, 'logits')).toEqual([NaN, NaN, NaN, NaN, 1, 2, NaN, NaN]);
    const one = empty(1, 'ranked');
    offer(one, [0], 1, { rank: [5], logits: [1, 2] });
    offer(one, [0], 1, { rank: [4] });
    expect(values(one, 'logits')).toEqual([NaN, NaN]);
  });

  test('is not known of classes that came later', () => {
    const memory = empty(3, 'reservoir');
    offer(memory, [0], 1, { logits: [1, 2] });
    offer(memory, [1], 1, { logits: [3, 4, 5] });
    offer(memory, [2], 1, { logits: [6, 7] });
    expect(memory.kept().logits!.width).toBe(3);
    expect(values(memory, 'logits')).toEqual([1, 2, NaN, 3, 4, 5, 6, 7, NaN]);
  });
});
