import { lineChart } from '../../reports';
import type { Protocol } from './protocol';
import type { Summary } from './summary';

/** Lines that can be told apart. */
const lines = 7;

/** Accuracy on the tasks so far, task by task, as SVG: those methods that the protocol asks for first, and the default. */
export function picture({ title, stream }: Protocol, summaries: Summary[]): string {
  const drawn = summaries.filter(({ course }) => course !== null);
  const weight = ({ method, reached }: Summary): number => (method === 'none' ? 3 : method.startsWith('default') ? 2 : reached !== null ? 1 : 0);
  const chosen = [...drawn].sort((a, b) => weight(b) - weight(a)).slice(0, lines);
  const bound = summaries.find(({ method }) => method === 'joint');
  return lineChart({
    title,
    subtitle: `Accuracy on the tasks so far, on 2,000 test rows of each; mean over seeds${bound ? `. All tasks at once: ${(100 * bound.accuracy).toFixed(1)} %, on all test rows` : ''}`,
    x: Array.from({ length: stream.tasks }, (_, task) => String(task + 1)),
    percent: true,
    series: drawn.filter((summary) => chosen.includes(summary)).map(({ method, course }) => ({ name: method, values: course! })),
  });
}
