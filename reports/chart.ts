import * as echarts from 'echarts';
import { clip } from './words';

/** Okabe and Ito's colours, which people with any kind of colour vision can tell apart; yellow is too pale for lines. */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'];
const ink = '#1f2933';
const faint = '#667380';
// No double quotes: the renderer writes the family into an attribute as it is.
const font = "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif";

export interface LineChart {
  title: string;
  subtitle?: string;
  /** Labels of the horizontal axis, one per value. */
  x: string[];
  /** At most seven; a null leaves a gap. */
  series: { name: string; values: (number | null)[] }[];
  /** Vertical lines at a label of the horizontal axis. */
  marks?: { at: string; label: string }[];
  /** Shares in 0..1 shown in percent. */
  percent?: boolean;
  /** Pixels; 1200 by 600 where left out. */
  width?: number;
  height?: number;
}

/**
 * Lines over labelled steps as one SVG, drawn without a browser. Each line is named at its right end.
 *
 * @example writeFileSync('accuracy.svg', lineChart({ title: 'Accuracy', x: ['May', 'June'], percent: true,
 *   series: [{ name: 'stateful', values: [0.76, 0.78] }] }))
 */
export function lineChart({ title, subtitle = '', marks = [], percent = false, width = 1200, height = 600, ...rest }: LineChart): string {
  const x = rest.x.map((label) => clip(label, 40));
  const series = rest.series.map(({ name, values }) => ({ name: clip(name, 40), values }));
  const nameWidth = Math.min(width / 3, 24 + 8 * Math.max(4, ...series.map(({ name }) => name.length + (percent ? 8 : 7))));
  const shown = (value: number) => (percent ? `${(value * 100).toFixed(1)} %` : String(Number(value.toPrecision(4))));
  return drawn(width, height, {
    ...heading(title, subtitle),
    color: palette,
    grid: { left: 24, right: nameWidth, top: marks.length > 0 ? 118 : 92, bottom: 24, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category',
      data: x,
      boundaryGap: false,
      axisLabel: { color: faint, fontSize: 13, fontFamily: font, hideOverlap: true },
      axisLine: { lineStyle: { color: '#aab4be' } },
      axisTick: { show: false },
    },
    yAxis: valueAxis(percent),
    series: series.map(({ name, values }, index) => ({
      type: 'line' as const,
      name,
      data: values.map((value) => value ?? '-'),
      lineStyle: { width: 2.5 },
      symbol: 'circle',
      symbolSize: 5,
      showSymbol: x.length <= 40,
      endLabel: {
        show: true,
        distance: 10,
        color: palette[index % palette.length]!,
        fontSize: 14,
        fontWeight: 600,
        fontFamily: font,
        formatter: () => `${name}  ${shown(values.findLast((value) => value !== null) ?? NaN)}`,
      },
      labelLayout: { moveOverlap: 'shiftY' as const },
      ...(index === 0 && marks.length > 0 ? { markLine: markLine(marks) } : {}),
    })),
  });
}

/** Title and subtitle, left, in the page's own fonts. */
export function heading(title: string, subtitle: string): echarts.EChartsOption {
  return {
    backgroundColor: '#ffffff',
    animation: false,
    title: {
      text: clip(title, 90),
      subtext: clip(subtitle, 160),
      left: 20,
      top: 16,
      itemGap: 8,
      textStyle: { color: ink, fontSize: 20, fontWeight: 600, fontFamily: font },
      subtextStyle: { color: faint, fontSize: 14, fontFamily: font },
    },
  };
}

/** A value axis that starts where the values do, in percent when asked. */
export function valueAxis(percent: boolean): NonNullable<echarts.EChartsOption['yAxis']> {
  return {
    type: 'value',
    scale: true,
    splitLine: { lineStyle: { color: '#e6eaee' } },
    axisLabel: {
      color: faint,
      fontSize: 13,
      fontFamily: font,
      ...(percent ? { formatter: (value: number) => `${Number((value * 100).toFixed(3))} %` } : {}),
    },
  };
}

/** Renders an option on the server; nothing of it stays in memory. */
export function drawn(width: number, height: number, option: echarts.EChartsOption): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function markLine(marks: { at: string; label: string }[]) {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: faint, width: 1.5, type: 'dashed' as const },
    // Labels of neighbours stand at two heights, so that they do not overlap.
    data: marks.map(({ at, label }, index) => ({
      xAxis: clip(at, 40),
      label: { formatter: () => clip(label, 60), position: 'end' as const, distance: 5 + 16 * (index % 2), color: ink, fontSize: 13, fontFamily: font },
    })),
  };
}
