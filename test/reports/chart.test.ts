import type { ColumnProfile } from '../../contracts';
import { lineChart } from '../../reports';
import { distributionChart } from '../../reports/distribution';
import { hostileName } from './hostile';
import { awaiting } from './sample';

/** Throws unless every tag is closed in order and every attribute is quoted and unbroken. */
function wellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(/<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g, (_, closing: string, name: string, __, empty: string) => {
    if (closing && open.pop() !== name) throw new Error(`</${name}> closes nothing`);
    if (!closing && !empty) open.push(name);
    return '';
  });
  expect(open).toEqual([]);
  expect(rest.replace(/<!\[CDATA\[[^]*?\]\]>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#\d+|#x[\da-f]+);)/i);
}

describe('charts', () => {
  const x = Array.from({ length: 30 }, (_, i) => `period ${i + 1}`);
  const series = ['stateful', 'never retrained'].map((name, s) => ({ name, values: x.map((_, i) => 0.7 + s / 20 + i / 1000) }));

  it('a line chart is well-formed SVG of 1200 by 600 with its title, marks, percent axis and each line’s name', () => {
    const svg = lineChart({ title: 'Accuracy', subtitle: 'before training', x, series, marks: [{ at: 'period 14', label: 'May 1997' }], percent: true });
    wellFormed(svg);
    expect(svg).toContain('viewBox="0 0 1200 600"');
    for (const text of ['Accuracy', 'before training', 'May 1997', 'stateful  72.9 %', 'never retrained  77.9 %', '74 %']) {
      expect(svg.replaceAll('&#160;', ' ').replaceAll('\u00a0', ' ')).toContain(text);
    }
  });

  it('names of lines that end together do not overlap', () => {
    const together = ['a', 'b', 'c', 'd'].map((name, i) => ({ name: `line ${name}`, values: x.map(() => 0.7 + i / 1e6) }));
    const svg = lineChart({ title: '', x, series: together });
    const heights = [...svg.matchAll(/translate\([\d.]+ ([\d.]+)\)"[^>]*>line [abcd]/g)].map(([, y]) => Number(y)).sort((a, b) => a - b);
    expect(heights).toHaveLength(4);
    heights.slice(1).forEach((y, i) => expect(y - heights[i]!).toBeGreaterThanOrEqual(12));
  });

  it('hostile names and control characters leave the SVG well-formed', () => {
    const name = `${hostileName}\u0000\u001b {b} {c}`;
    const svg = lineChart({ title: name, subtitle: name, x: [name, 'b'], series: [{ name, values: [1, null] }], marks: [{ at: 'b', label: name }] });
    wellFormed(svg);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u0000');
  });

  it('draws numbers and categories before and now, and nothing where the kinds differ', () => {
    const { before, now } = awaiting.profiles!;
    for (const column of ['vic_price', 'day']) wellFormed(distributionChart(column, before[column]!, now[column]!)!);
    expect(distributionChart('day', before['day']!, now['vic_price']!)).toBeNull();
  });

  const numbers = (sample: number[]): ColumnProfile => ({ kind: 'number', rows: sample.length, missing: 0, mean: 0, sd: 1, constant: false, sample });
  const labels = (svg: string): string[] => [...svg.matchAll(/<text[^>]*text-anchor="middle"[^>]*>([^<]*)</g)].map(([, text]) => text!.trim());
  it.each([
    ['years', [2019, 2020, 2021, 2022, 2023, 2024]], ['pressures', [1005, 1010, 1015, 1026]], ['a single value', [0.4, 0.4]], ['shares', [0.00001, 0.00002, 0.00003]], ['sums', [1e9, 2e9, 3e9]],
    ['counts', [20, 40, 60]], ['differences', [-20, 0, 20]], ['levels', [0, 2, 4]],
  ])('no two places on the axis of %s have the same label, and values stand where they are', (_, sample) => {
    const shown = labels(distributionChart('x', numbers(sample), numbers(sample))!);
    expect(shown.length).toBeGreaterThan(2);
    expect(new Set(shown).size).toBe(shown.length);
    // The first label lies in the first of 40 intervals, whose middle it means.
    const [low, high] = [sample[0]!, sample.at(-1)!];
    const width = (high - low) / 40 || low / 1000;
    expect(Math.abs(Number(shown[0]) - (high > low ? low + width / 2 : low))).toBeLessThan(width / 2);
  });

  it('a category may be called like a method of objects', () => {
    const of = (counts: Record<string, number>): ColumnProfile => ({ kind: 'category', rows: 100, missing: 0, constant: false, counts });
    expect(distributionChart('x', of({ a: 10, b: 90 }), of({ constructor: 5, a: 5, b: 90 }))).not.toContain('NaN');
  });

  it('shares close to each other have different labels on their axis', () => {
    const svg = lineChart({ title: '', x, series: [{ name: 'accuracy', values: x.map((_, i) => 0.9962 + i / 1e5) }], percent: true });
    const ticks = [...svg.matchAll(/>(\d+(?:\.\d+)?)[ \u00a0]%</g)].map(([, text]) => text!);
    expect(ticks.length).toBeGreaterThan(2);
    expect(new Set(ticks).size).toBe(ticks.length);
  });
});
