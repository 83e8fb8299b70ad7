import type { TrainingProgress } from '../contracts';
import { overtakenText } from './overtaken';
import type { RunView, StepView } from './runs';
import { seconds, shortTime } from './text';

/** A run in a few lines: where it is, why, how far, and what it waits for. */
export function runText(run: RunView, overtakenBy: string | null): string {
  const { status, problem, progress, steps } = run;
  const lines = [`${run.workflowId}  ${headline(run)}`];
  if (problem !== null) lines.push(problem);
  if (status?.decision) lines.push(`${status.decision.action}: ${status.decision.because}`);
  if (progress) lines.push(progressText(progress));
  lines.push(...steps.flatMap(stepText));
  if (status?.approval) {
    const { candidate, because, deadline } = status.approval;
    lines.push(`${candidate} waits for a decision until ${shortTime(deadline)}, because: ${because.join('; ')}`);
    lines.push(`continual approve ${status.pipeline} ${candidate}   or   continual reject ${status.pipeline} ${candidate} --reason "…"`);
  }
  if (overtakenBy !== null) lines.push(overtakenText(overtakenBy));
  return lines.join('\n    ');
}

/** The same in one line, for a log. */
export function runLine(run: RunView): string {
  const { progress, status, problem, steps } = run;
  const parts = [`${run.workflowId}  ${headline(run)}`];
  if (problem !== null) parts.push(problem);
  if (progress) parts.push(progressText(progress));
  if (status?.approval) parts.push(`decide with: continual approve ${status.pipeline} ${status.approval.candidate}`);
  return [...parts, ...steps.filter((step) => step.lastFailure !== null || step.problem !== null).flatMap(stepText)].join(' · ');
}

/** What keeps a step from running: nothing said where it runs as it should. */
function stepText({ name, state, attempt, lastFailure, problem }: StepView): string[] {
  if (problem !== null) return [`${name}: ${problem}`];
  if (lastFailure !== null) return [`${name}: attempt ${attempt}${state === 'waiting' ? ' comes' : ''}; the last one failed: ${lastFailure}`];
  return state === 'waiting' ? [`${name} waits for a worker`] : [];
}

function headline({ status, started }: RunView): string {
  if (status === null) return `started ${shortTime(started)}`;
  return `${status.phase}${status.candidate === null ? '' : ` ${status.candidate}`}${status.champion === null ? '' : ` (champion ${status.champion})`}`;
}

const progressText = ({ epoch, epochs, step, steps, loss, rowsPerSecond, secondsLeft }: TrainingProgress): string =>
  `epoch ${epoch}/${epochs}, step ${step}/${steps}, loss ${loss.toFixed(4)}, ${Math.round(rowsPerSecond)} rows/s, ${seconds(secondsLeft)} left`;
