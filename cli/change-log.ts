import { runLine } from './run-text';
import type { RunView } from './runs';

/** Says in a log what changes in runs: a change of where one is at once, mere progress every ten seconds. */
export class ChangeLog {
  private readonly said = new Map<string, { state: string; line: string; at: number }>();

  constructor(
    private readonly say: (line: string) => void,
    private readonly every = 10_000,
  ) {}

  show(runs: RunView[]): void {
    for (const run of runs) {
      const [state, line, at] = [runLine({ ...run, progress: null }), runLine(run), Date.now()];
      const before = this.said.get(run.runId);
      if (before && (before.line === line || (before.state === state && at - before.at < this.every))) continue;
      this.said.set(run.runId, { state, line, at });
      this.say(line);
    }
  }
}
