import type { ColumnDrift } from '../../contracts';
import { compareColumn, compareLoss, compareTables, poolLosses, profile, profileTable, summarise, summariseLoss, xoshiro128 } from '../../drift';
import { numbers, readControl, readElec2 } from './streams';

/** 0-1 losses at a rate, alike from row to row. */
function losses(rows: number, rate: number, seed: number): Float64Array {
  const random = xoshiro128(seed);
  let value = 0;
  return Float64Array.from({ length: rows }, () => (value = random.below(2) === 0 ? value : Number(random.below(1000) < rate * 1000)));
}
const held = Array.from({ length: 5 }, (_, seed) => summariseLoss(losses(269, 0.2, seed)));

describe('the loss on new labels', () => {
  it('that doubles is a rise', () => {
    const loss = compareLoss(poolLosses(held), losses(1344, 0.4, 9));
    expect(loss.exceeded).toBe(true);
    expect(loss.lowerBound).toBeGreaterThan(0.08);
    expect(loss.lowerBound).toBeLessThan(loss.increase);
    expect(loss.increase).toBeCloseTo(loss.now - loss.reference, 12);
  });

  it('that stays, or falls, is none', () => {
    expect(compareLoss(poolLosses(held), losses(1344, 0.2, 9)).exceeded).toBe(false);
    expect(compareLoss(poolLosses(held), losses(1344, 0.02, 9)).exceeded).toBe(false);
  });

  it('that has risen in a few rows only is not sure enough', () => {
    const loss = compareLoss(poolLosses(held), [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0]);
    expect(loss.increase).toBeGreaterThan(loss.threshold);
    expect(loss.exceeded).toBe(false);
  });

  it('is judged with less doubt when five blocks are the reference instead of one', () => {
    const now = losses(1344, 0.3, 2);
    const one = compareLoss(held[0]!, now);
    const five = compareLoss(poolLosses(held), now);
    expect(five.increase - five.lowerBound).toBeLessThan(one.increase - one.lowerBound);
  });

  it('cannot be compared with nothing', () => {
    expect(() => poolLosses([])).toThrow('evaluate the champion first');
  });

  it('fires falsely in at most one of twenty comparisons of the same losses, with no threshold', () => {
    const fired = Array.from({ length: 200 }, (_, i) => compareLoss(summariseLoss(losses(269, 0.2, 2 * i)), losses(1344, 0.2, 2 * i + 1), { threshold: 0 }).exceeded);
    expect(fired.filter(Boolean).length).toBeLessThanOrEqual(15);
  });
});

describe('the verdict', () => {
  const still = compareColumn('label', profile(numbers([0, 1])), numbers([0, 1]));
  const moved: ColumnDrift = { ...still, column: 'price', drifted: true };
  const calm = compareLoss(poolLosses(held), losses(1344, 0.2, 9));
  const risen = compareLoss(poolLosses(held), losses(1344, 0.4, 9));

  it('does not fire on moved columns, and says so', () => {
    const report = summarise([moved, still], calm, { ...still, drifted: true });
    expect(report).toMatchObject({ fired: false, covariate: true, label: true, concept: false });
    expect(report.because.join('; ')).toMatch(/more than 0\.080 would fire; 1 of 2 columns moved \(price\), which does not fire by itself/);
  });

  it('fires on a loss that rose, with the numbers in words', () => {
    const report = summarise([still], risen, still);
    expect(report).toMatchObject({ fired: true, concept: true, covariate: false, label: false });
    expect(report.because).toEqual([expect.stringMatching(/^the champion's loss on the new rows rose from 0\.\d{3} to 0\.\d{3}, surely by 0\.\d{3} or more, more than the 0\.080 allowed$/)]);
  });

  it('fires on a first variation though the loss is calm', () => {
    const report = summarise([{ ...still, column: 'transfer', firstVariation: true }], calm, still);
    expect(report).toMatchObject({ fired: true, concept: false, covariate: true, because: ['transfer was constant and has begun to vary'] });
  });

  it.each([[0, 1, true], [0.2, 0.31, true], [0, 0.1, false], [1, 0, false]])('counts a column whose missing share went from %p to %p as moved: %p, which does not fire', (reference, now, expected) => {
    const report = summarise([{ ...still, column: 'feed', missing: { reference, now } }, still], calm, still);
    expect(report).toMatchObject({ fired: false, covariate: expected });
    expect(report.because.join('; ')).toContain(expected ? '1 of 2 columns moved (feed), which does not fire by itself' : 'no column has moved');
  });

  it('without labels rests on the columns alone', () => {
    expect(summarise([still], null, still)).toMatchObject({ fired: false, because: ['there are no labels yet to measure the champion on', 'no column has moved beyond its threshold'] });
  });
});

describe('on the streams, period after period, by the columns alone', () => {
  const period = 1344;
  const first = 4032;
  const firing = (table: ReturnType<typeof readElec2>, label: string, reference: (start: number) => number, last = table.rows) => {
    const periods = Math.floor((last - first) / period);
    return Array.from({ length: periods }, (_, k) => first + k * period).filter((start) => {
      const before = profileTable(table, { from: Math.max(0, reference(start)), to: start }, 1000);
      return compareTables(before, table, label, null, { range: { from: start, to: start + period } }).fired;
    });
  };

  it.each([
    ['the period before', (start: number) => start - period, 45_312],
    ['all rows before', () => 0, 24_192],
  ])('the market change fires as it begins and in its first full period, and nothing else does, beside %s', (_, reference, last) => {
    expect(firing(readElec2(), 'up', reference, last)).toEqual([16_128, 17_472]);
  });

  it('the stream without drift never fires', () => {
    expect(firing(readControl(), 'label', (start) => start - period)).toEqual([]);
  });

  it('a label that the reference lacks is named', () => {
    const table = readControl();
    expect(() => compareTables({}, table, 'label', null)).toThrow("the label's column label is missing from the reference");
  });
});
