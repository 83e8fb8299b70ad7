import type { CategoryColumn, NumberColumn } from '../../contracts';
import { ascending, chi2, compareColumn, jensenShannon, ksPValue, ksStatistic, profile, psi, wasserstein } from '../../drift';
import { readElec2 } from './streams';
import golden from './golden.json';

const elec2 = readElec2();
const periods = [
  { key: 'rows0-17423_vs_17424-45311', reference: { from: 0, to: 17424 }, now: { from: 17424, to: 45312 } },
  { key: 'rows0-4031_vs_4032-8063', reference: { from: 0, to: 4032 }, now: { from: 4032, to: 8064 } },
] as const;
const columns = [['nsw_price', 'nswprice'], ['nsw_demand', 'nswdemand'], ['transfer', 'transfer']] as const;

/** Agreement to nine digits, however small the number. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
}

describe.each(periods)('$key', ({ key, reference, now }) => {
  it.each(columns)('%s has the golden statistics', (name, short) => {
    const values = (elec2.columns[name] as NumberColumn).values;
    const x = ascending(values.subarray(reference.from, reference.to));
    const y = ascending(values.subarray(now.from, now.to));
    const expected = golden[key][short];
    expectClose(ksStatistic(x, y), expected.ks);
    expectClose(ksPValue(ksStatistic(x, y), x.length, y.length), expected.p);
    expectClose(wasserstein(x, y), expected.wasserstein);
    expectClose(psi(x, y), expected['psi10_quantile_bins_eps1e-4']);
  });

  it('the label has the golden statistics', () => {
    const { target_chi2, target_js_distance_base2 } = golden[key];
    const [a, b] = target_chi2.table as [number[], number[]];
    const test = chi2(a, b);
    expectClose(test.statistic, target_chi2.stat);
    expectClose(test.p, target_chi2.p);
    expectClose(jensenShannon(a, b), target_js_distance_base2);
    const label = elec2.columns['up'] as CategoryColumn;
    const drift = compareColumn('up', profile(label, reference), label, { range: now });
    expectClose(drift.test.statistic, target_chi2.stat);
    expectClose(drift.effect.value, target_js_distance_base2);
  });
});

it('a comparison with a stored profile gives the golden p-value when the profile holds all rows', () => {
  const price = elec2.columns['nsw_price']!;
  const drift = compareColumn('nsw_price', profile(price, periods[1].reference), price, { range: periods[1].now });
  const expected = golden['rows0-4031_vs_4032-8063'].nswprice;
  expectClose(drift.test.statistic, expected.ks);
  expectClose(drift.test.p, expected.p);
  expectClose(drift.psi, expected['psi10_quantile_bins_eps1e-4']);
});

it('a profile of 10,000 of 17,424 rows is within one step of the golden statistic', () => {
  const demand = elec2.columns['nsw_demand']!;
  const reference = profile(demand, periods[0].reference);
  expect(reference).toMatchObject({ rows: 17424, sample: { length: 10_000 } });
  const drift = compareColumn('nsw_demand', reference, demand, { range: periods[0].now });
  const expected = golden['rows0-17423_vs_17424-45311'].nswdemand;
  expect(Math.abs(drift.test.statistic - expected.ks)).toBeLessThanOrEqual(1 / 10_000);
});

it('a constant reference hides a move from PSI, and its first variation is found all the same', () => {
  const transfer = elec2.columns['transfer']!;
  const drift = compareColumn('transfer', profile(transfer, periods[0].reference), transfer, { range: periods[0].now });
  expect(drift.psi).toBe(0);
  expect(drift.test.statistic).toBeGreaterThan(0.76);
  expect(drift.firstVariation).toBe(true);
});
