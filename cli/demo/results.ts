import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineChart, textTable } from '../../reports';
import { changePeriod, endOf, periods } from './periods';
import type { Figures } from './policies';
import type { Chapter } from './story';

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (value: number) => value.toFixed(4).replace(/^0/, '');

/** A table of every run: what it made, how, why, what the gates said, who approved. */
export function runsTable(chapters: Chapter[]): string {
  return textTable(
    chapters.map(({ until, result }) => ({
      'rows until': until.slice(0, 10),
      version: result.candidate,
      mode: result.action,
      outcome: result.outcome,
      gates: result.gates.map(({ gate, outcome }) => (outcome === 'pass' ? '' : `${gate} ${outcome}`)).filter(Boolean).join(', ') || 'all pass',
      'approved by': result.approvedBy,
      why: result.because,
    })),
  );
}

/** Which runs fired the drift trigger, and why. */
export function driftLines(chapters: Chapter[]): string[] {
  const fired = chapters.filter(({ result }) => result.driftFired);
  const others = fired.filter(({ period }) => period !== changePeriod);
  return [
    `The first full period after the market's change ${fired.some(({ period }) => period === changePeriod) ? 'fired the drift trigger' : 'did NOT fire'}; ${others.length} of the other ${periods - 1} runs fired too:`,
    ...others.map(({ until, result }) => `  ${until.slice(0, 10)}  ${result.because}`),
  ];
}

/** Accuracy and cost of each policy beside the baseline. */
export function policiesTable({ accuracy, rows, kappaTemporal }: Figures): string {
  const touched: Record<string, number> = { 'never retrained': 0, 'stateless each period': rows.stateless, 'stateful, as served': rows.stateful };
  const kappas: Record<string, number> = kappaTemporal;
  return textTable(
    Object.entries(accuracy).map(([policy, values]) => ({
      policy,
      accuracy: share(mean(values)),
      worst: share(Math.min(...values)),
      'kappa-temporal': kappas[policy]?.toFixed(3) ?? '0',
      'training rows': touched[policy]?.toLocaleString('en') ?? null,
    })),
  );
}

export function verdictLines({ accuracy, rows, control }: Figures): string[] {
  const served = mean(accuracy['stateful, as served']);
  return [
    `Stateful as served, gates included: ${share(served)}; never retrained ${share(mean(accuracy['never retrained']))}.`,
    `It touched ${rows.stateful.toLocaleString('en')} training rows, 1/${(rows.stateless / rows.stateful).toFixed(0)} of stateless training's ${rows.stateless.toLocaleString('en')}.`,
    `The no-drift control stream fired ${control.fired} of ${control.periods} times.`,
    'Repeating the last label beats every model here: prices are sticky, and no model sees the last label. kappa-temporal says how far each is from it.',
  ];
}

/** What forgetting is, and what the pipeline's strategy did about it. */
export function forgettingLines({ forgetting: { known, forgotten } }: Figures): string[] {
  const [plain, chosen] = Object.keys(known) as [string, string];
  const points = (name: string) => (100 * forgotten[name]!).toFixed(1);
  return [
    `Forgetting: a model that goes on learning from the newest rows alone gets worse at what it knew.`,
    `On the held-out rows of the earlier periods, ${plain} lost ${points(plain)} points of the accuracy that it had when it had just learned them.`,
    `The chosen strategy, ${chosen}, learned the same rows and lost ${points(chosen)}: over all periods it ends at ${share(known[chosen]!.at(-1)!)}, ${plain} at ${share(known[plain]!.at(-1)!)}.`,
  ];
}

/** Draws what each strategy still knows after each period, and returns the picture's path. */
export function drawForgetting(folder: string, { forgetting: { known } }: Figures): string {
  const svg = lineChart({
    title: 'What the model still knows of all periods so far',
    subtitle: 'Mean accuracy on held-out rows of the first twelve weeks and of each period since, after learning each',
    x: Array.from({ length: periods + 1 }, (_, i) => endOf(i).slice(0, 10)),
    series: Object.entries(known).map(([name, values]) => ({ name, values })),
    marks: [{ at: endOf(changePeriod).slice(0, 10), label: 'market change' }],
    percent: true,
  });
  return written(folder, 'forgetting.svg', svg);
}

/** Draws accuracy over time as one picture and returns its path. */
export function drawAccuracy(folder: string, chapters: Chapter[], { accuracy }: Figures): string {
  const x = Array.from({ length: periods }, (_, i) => endOf(i + 1).slice(0, 10));
  const marks = chapters
    .filter(({ period, result }) => period === changePeriod || (period > 0 && result.action === 'stateless'))
    .map(({ period }) => ({ at: x[period - 1]!, label: period === changePeriod ? 'market change' : 'from scratch' }));
  const svg = lineChart({
    title: 'Accuracy on each four-week period, before training on it',
    subtitle: 'New South Wales electricity market: is this half-hour’s price above its 24-hour mean?',
    x,
    series: Object.entries(accuracy).map(([name, values]) => ({ name, values })),
    marks,
    percent: true,
  });
  return written(folder, 'accuracy.svg', svg);
}

function written(folder: string, name: string, svg: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, svg);
  return path;
}
