import type { Profile } from '../contracts/drift';
import { lineChart } from './chart';
import { content } from './content';
import type { EvidenceInput } from './document';
import { distributionChart } from './distribution';
import { htmlDocument, htmlSection, picture } from './html';
import { minute } from './words';

export interface RunReport extends EvidenceInput {
  /** The rows that the champion knew, and the run's own: draws the columns that changed most. */
  profiles?: { before: Profile; now: Profile } | null;
  /** Accuracy on fresh rows of each champion so far and of this run's candidate, oldest first, in 0..1. */
  versions?: { version: string; accuracy: number }[];
  /** ISO time at which the page is made. */
  at: string;
}

const charts = 4;

/**
 * A run on one HTML page: what `evidence` says, uncut, with charts. Self-contained: no script, nothing to load, and a
 * content security policy that holds it to that. All names from the data are escaped.
 *
 * @example await registry.putBlob('reports', Buffer.from(runReport({ status, drift, at: new Date().toISOString() })), 'html')
 */
export function runReport(input: RunReport): string {
  const { title, sections } = content(input, { rows: 200, letters: 2000 });
  const request = input.status.approval ? 1 : 0;
  return htmlDocument(
    title,
    [
      ...sections.slice(0, request).map((section) => htmlSection(section, 'request')),
      ...sections.slice(request).map((section) => htmlSection(section)),
      ...versionsChart(input),
      ...distributionCharts(input),
      `<footer>Made ${minute(input.at)}.</footer>`,
    ].join('\n'),
  );
}

function versionsChart({ versions = [], status }: RunReport): string[] {
  if (versions.length < 2) return [];
  const svg = lineChart({
    title: 'Accuracy over versions',
    subtitle: 'each version on the held-out rows of its own period',
    x: versions.map(({ version }) => version),
    series: [{ name: 'accuracy', values: versions.map(({ accuracy }) => accuracy) }],
    marks: versions.some(({ version }) => version === status.candidate) ? [{ at: status.candidate!, label: 'this run' }] : [],
    percent: true,
    height: 420,
  });
  return [`<section>${picture(svg, 'Accuracy over versions')}</section>`];
}

function distributionCharts({ profiles, drift }: RunReport): string[] {
  if (!profiles || !drift) return [];
  const strongest = [...drift.columns].sort(
    (a, b) => Number(b.drifted) - Number(a.drifted) || b.effect.value / b.effect.threshold - a.effect.value / a.effect.threshold,
  );
  const pictures = strongest
    .slice(0, charts)
    .map(({ column }) => {
      const [before, now] = [profiles.before[column], profiles.now[column]];
      const svg = before && now ? distributionChart(column, before, now) : null;
      return svg && picture(svg, `Distribution of ${column}, before and now`);
    })
    .filter((svg) => svg !== null);
  if (pictures.length === 0) return [];
  return [`<section><h2>Columns that changed most</h2><div class="charts">${pictures.join('\n')}</div></section>`];
}
