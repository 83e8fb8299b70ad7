import type { TrainingProgress } from '../contracts';
import type { RunView } from './runs';
import { seconds, shortTime } from './text';

/** A run in a few lines: where it is, why, how far, and what it waits for. */
export function runText(run: RunView): string {
  const { status, problem, progress, steps } = run;
  const lines = [`${run.workflowId}  ${headline(run)}`];
  if (problem !== null) lines.push(problem);
  if (status?.decision) lines.push(`${status.decision.action}: ${status.decision.because}`);
  if (progress) lines.push(progressText(progress));
  for (const { name, state, attempt, lastFailure } of steps) {
    if (state === 'waiting') lines.push(`${name} waits for a worker or for its next attempt`);
    if (lastFailure !== null) lines.push(`${name}: attempt ${attempt}; the last one failed: ${lastFailure}`);
  }
  if (status?.approval) {
    const { candidate, because, deadline } = status.approval;
    lines.push(`${candidate} waits for a decision until ${shortTime(deadline)}, because: ${because.join('; ')}`);
    lines.push(`continual approve ${status.pipeline} ${candidate}   or   continual reject ${status.pipeline} ${candidate} --reason "…"`);
  }
  return lines.join('\n    ');
}

/** The same in one line, for a log. */
export function runLine(run: RunView): string {
  const { progress, status } = run;
  const why = status?.approval ? `: continual approve ${status.pipeline} ${status.approval.candidate}` : '';
  return `${run.workflowId}  ${headline(run)}${progress ? `  ${progressText(progress)}` : ''}${why}${run.problem === null ? '' : `: ${run.problem}`}`;
}

function headline({ status, started }: RunView): string {
  if (status === null) return `started ${shortTime(started)}`;
  return `${status.phase}${status.candidate === null ? '' : ` ${status.candidate}`}${status.champion === null ? '' : ` (champion ${status.champion})`}`;
}

const progressText = ({ epoch, epochs, step, steps, loss, rowsPerSecond, secondsLeft }: TrainingProgress): string =>
  `epoch ${epoch}/${epochs}, step ${step}/${steps}, loss ${loss.toFixed(4)}, ${Math.round(rowsPerSecond)} rows/s, ${seconds(secondsLeft)} left`;
