import type { CategoryProfile, ColumnDrift, NumberProfile } from '../../contracts/drift';
import type { RunReport } from '../../reports';

const drifted = (column: string, value: number, more: Partial<ColumnDrift> = {}): ColumnDrift => ({
  column,
  kind: 'number',
  test: { name: 'ks', statistic: value / 2, p: value > 0.2 ? 1e-9 : 0.2 },
  effect: { name: 'wasserstein/sd', value, threshold: 0.2 },
  psi: value,
  firstVariation: false,
  newCategories: [],
  missing: { reference: 0, now: 0 },
  drifted: value > 0.2,
  ...more,
});

const bell = (mean: number, sd: number): NumberProfile => {
  const sample = Array.from({ length: 2000 }, (_, i) => {
    const p = (i + 0.5) / 2000;
    return mean + sd * 0.551 * Math.log(p / (1 - p));
  });
  return { kind: 'number', rows: 2000, missing: 0, mean, sd, constant: false, sample };
};
const counted = (counts: Record<string, number>): CategoryProfile => ({ kind: 'category', rows: 1000, missing: 0, constant: false, counts });

/** A run that waits for a person, with all that is known at that moment. */
export const awaiting: RunReport = {
  at: '2026-01-05T06:04:30.000Z',
  status: {
    phase: 'awaiting-approval',
    pipeline: 'electricity',
    champion: '1.1.3',
    candidate: '1.1.4',
    decision: { action: 'stateful', because: '1,344 new rows, and drift: the champion’s error rate rose by 9.1 pp' },
    approval: {
      candidate: '1.1.4',
      digest: 'ab'.repeat(32),
      because: ['drift fired: transfer was constant and varies now', 'suite 1.1.1 lost 1.8 of the 2.0 points allowed'],
      since: '2026-01-05T06:04:00.000Z',
      deadline: '2026-01-07T06:04:00.000Z',
    },
    outcome: null,
  },
  snapshot: {
    digest: 'cd'.repeat(32),
    schemaVersion: 1,
    read: 1361,
    rows: 1344,
    duplicates: 12,
    quarantined: { 'nsw_price: not a number': 4, 'line has 6 of 9 fields': 1 },
    first: '1997-05-05T00:00:00.000Z',
    last: '1997-06-01T23:30:00.000Z',
  },
  drift: {
    fired: true,
    because: ['transfer: first variation', 'error rate: +9.1 pp, at least +6.0 pp'],
    columns: [
      drifted('nsw_demand', 0.12),
      drifted('nsw_price', 0.41),
      drifted('transfer', 1.73, { firstVariation: true }),
      drifted('vic_price', 0.88),
      drifted('day', 0.31, {
        kind: 'category',
        test: { name: 'chi2', statistic: 90, p: 0 },
        effect: { name: 'jensen-shannon', value: 0.31, threshold: 0.1 },
        newCategories: ['holiday', 'strike'],
      }),
    ],
    labelColumn: drifted('up', 0.02),
    loss: { reference: 0.231, now: 0.322, increase: 0.091, lowerBound: 0.06, threshold: 0.05, exceeded: true },
  },
  evaluation: {
    fresh: { rows: 269, champion: 0.678, challenger: 0.764, difference: { estimate: -0.086, lower: -0.121, upper: -0.044 } },
    suites: [
      { name: '1.1.0', rows: 268, best: 0.784, champion: 0.781, challenger: 0.776 },
      { name: '1.1.1', rows: 269, best: 0.803, champion: 0.796, challenger: 0.785 },
      { name: '1.1.2', rows: 269, best: 0.771, champion: 0.771, challenger: 0.775 },
    ],
    loss: { rows: 269, mean: 0.236, upper: 0.281 },
    persistence: 0.851,
    kappaTemporal: -0.58,
    sanity: { finite: true, predicted: 2, present: 2 },
  },
  verdict: {
    outcome: 'doubt',
    gates: [
      { gate: 'fresh-rows', outcome: 'pass', because: 'error rate at most −4.40 pp against the champion; the margin is +2.00 pp' },
      { gate: 'suites', outcome: 'doubt', because: 'suite 1.1.1 lost 1.8 of the 2.0 points allowed against its best' },
      { gate: 'sanity', outcome: 'pass', because: 'finite, 2 of 2 classes' },
      { gate: 'evidence', outcome: 'pass', because: '269 held-out rows; 100 asked for' },
    ],
  },
  decisions: [
    {
      at: '2026-01-05T08:12:00.000Z',
      channel: 'signal',
      decision: 'approve',
      candidate: '1.1.3',
      by: 'unnamed',
      reason: 'looks right',
      accepted: false,
      answer: 'this run waits for a decision on 1.1.4, not on 1.1.3',
    },
  ],
  profiles: {
    before: {
      nsw_price: bell(0.05, 0.01), vic_price: bell(0.003, 0.0005), nsw_demand: bell(0.44, 0.1),
      transfer: { ...bell(0.41, 0), constant: true }, day: counted({ mon: 300, tue: 350, sun: 350 }),
    },
    now: {
      nsw_price: bell(0.06, 0.016), vic_price: bell(0.0034, 0.0009), nsw_demand: bell(0.45, 0.1),
      transfer: bell(0.5, 0.15), day: counted({ mon: 200, tue: 250, sun: 400, holiday: 100, strike: 50 }),
    },
  },
  versions: [
    { version: '1.1.0', accuracy: 0.784 },
    { version: '1.1.1', accuracy: 0.803 },
    { version: '1.1.2', accuracy: 0.771 },
    { version: '1.1.3', accuracy: 0.748 },
    { version: '1.1.4', accuracy: 0.764 },
  ],
};
