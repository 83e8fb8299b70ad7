import type { CategoryProfile, ColumnProfile, NumberProfile } from '../contracts/drift';
import { drawn, heading, palette, valueAxis } from './chart';
import { clip } from './words';

const bins = 40;
const names = ['before', 'now'] as const;

/**
 * How one column's values were distributed before and are now, as an SVG (560 by 320): shares of rows per interval for
 * numbers, per category for categories. Null where the two profiles are not of one kind, or hold no values.
 */
export function distributionChart(column: string, before: ColumnProfile, now: ColumnProfile): string | null {
  const shares =
    before.kind === 'number' && now.kind === 'number'
      ? histogram(before, now)
      : before.kind === 'category' && now.kind === 'category'
        ? categories(before, now)
        : null;
  if (!shares) return null;
  const numbers = before.kind === 'number';
  return drawn(560, 320, {
    ...heading(clip(column, 50), ''),
    color: palette,
    legend: { top: 18, right: 20, data: [...names], icon: 'roundRect', textStyle: { color: '#1f2933', fontSize: 13 } },
    grid: { left: 20, right: 24, top: 64, bottom: 20, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: shares.labels,
      boundaryGap: !numbers,
      axisTick: { show: false },
      axisLabel: { color: '#667380', fontSize: 12, hideOverlap: true },
    },
    yAxis: { ...valueAxis(true), scale: false } as ReturnType<typeof valueAxis>,
    series: names.map((name) => ({
      name,
      data: shares[name],
      ...(numbers
        ? { type: 'line' as const, step: 'middle' as const, showSymbol: false, areaStyle: { opacity: 0.15 }, lineStyle: { width: 2 } }
        : { type: 'bar' as const, barGap: '10%' }),
    })),
  });
}

interface Shares {
  labels: string[];
  before: number[];
  now: number[];
}

function histogram(before: NumberProfile, now: NumberProfile): Shares | null {
  if (before.sample.length === 0 || now.sample.length === 0) return null;
  // Outliers would squeeze everything else into one interval: the axis spans the middle 99 % of both.
  const quantile = (sample: number[], q: number) => sample[Math.round(q * (sample.length - 1))]!;
  const low = Math.min(quantile(before.sample, 0.005), quantile(now.sample, 0.005));
  const high = Math.max(quantile(before.sample, 0.995), quantile(now.sample, 0.995));
  // Of a single value the first interval lies around it.
  const width = (high - low) / bins || Math.abs(low) / 1000 || 1;
  const from = high > low ? low : low - width / 2;
  const share = (sample: number[]) => {
    const shares = new Array<number>(bins).fill(0);
    for (const value of sample) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - from) / width)));
      shares[bin]! += 1 / sample.length;
    }
    return shares;
  };
  const labels = Array.from({ length: bins }, (_, bin) => tick(from + (bin + 0.5) * width, width));
  return { labels, before: share(before.sample), now: share(now.sample) };
}

function categories(before: CategoryProfile, now: CategoryProfile): Shares | null {
  const share = (profile: CategoryProfile, name: string) => (Object.hasOwn(profile.counts, name) ? profile.counts[name]! : 0) / Math.max(1, profile.rows);
  const size = (name: string) => share(before, name) + share(now, name);
  const all = [...new Set([...Object.keys(before.counts), ...Object.keys(now.counts)])];
  const shown = all.sort((a, b) => size(b) - size(a)).slice(0, 12);
  if (shown.length === 0) return null;
  return {
    labels: shown.map((name) => clip(name, 20)),
    before: shown.map((name) => share(before, name)),
    now: shown.map((name) => share(now, name)),
  };
}

/** A value as exactly as its neighbours, a `step` away, ask for; huge and tiny ones with an exponent. */
function tick(value: number, step: number): string {
  const size = Math.abs(value);
  const digits = Math.ceil(Math.log10(Math.max(size, step) / step)) + 1;
  const decimals = Math.max(0, Math.floor(-Math.log10(step)) + 1);
  return size < 1e6 && decimals < 6 ? String(Number(value.toFixed(decimals))) : value.toExponential(Math.min(20, digits)).replace(/\.?0+e/, 'e').replace('e+', 'e');
}
