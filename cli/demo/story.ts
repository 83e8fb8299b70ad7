import { createInterface } from 'node:readline/promises';
import type { RunResult, RunStatus } from '../../contracts';
import { changePeriod, endOf, periods } from './periods';
import type { Stage } from './stage';

export interface Chapter {
  period: number;
  until: string;
  result: RunResult;
  seconds: number;
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Lets the model live through the market, period by period, as a schedule would. */
export async function live(stage: Stage, interactive: boolean, say: (line: string) => void, after: (chapter: Chapter) => void): Promise<Chapter[]> {
  const chapters: Chapter[] = [];
  for (let period = 0; period <= periods; period++) {
    const until = endOf(period);
    const began = Date.now();
    const result = await run(stage, period, until, interactive, say);
    const chapter = { period, until, result, seconds: (Date.now() - began) / 1000 };
    say(line(chapter));
    after(chapter);
    chapters.push(chapter);
  }
  return chapters;
}

async function run(stage: Stage, period: number, until: string, interactive: boolean, say: (line: string) => void): Promise<RunResult> {
  const handle = await stage.client.workflow.start('retrain', {
    taskQueue: 'continual',
    workflowId: `electricity-period-${period}`,
    args: [{ pipeline: 'electricity', until }],
    staticSummary: `rows before ${until.slice(0, 10)}`,
  });
  let ended = false;
  const result = (handle.result() as Promise<RunResult>).finally(() => (ended = true));
  result.catch(() => undefined);
  for (let asked = false; !ended; await Promise.race([pause(asked ? 500 : 150), result.catch(() => undefined)])) {
    if (asked) continue;
    const { approval } = await handle.query<RunStatus>('status');
    if (!approval || ended) continue;
    asked = true;
    await approve(stage, handle.workflowId, approval.candidate, approval.because, interactive && period === changePeriod, say);
  }
  return result;
}

/** Asks the person, or decides through the same public command that a script would use. */
async function approve(stage: Stage, workflowId: string, candidate: string, because: string[], interactive: boolean, say: (line: string) => void): Promise<void> {
  const argv = ['approve', 'electricity', candidate, '--reason', 'seen in the demo', '--by', 'demo'];
  say('');
  say(`  ${candidate} waits for a person's decision:`);
  for (const reason of because) say(`    - ${reason}`);
  if (interactive) {
    say('  Read the evidence (tab "User Metadata") and send the Signal "approve" there:');
    say(`    ${stage.server.uiUrl}/namespaces/default/workflows/${workflowId}`);
    say('  or approve from another terminal, or from a script:');
    say(`    ${shellCommand(stage, argv)}`);
    say('  or press Enter, and the demo runs that command.');
    const terminal = createInterface({ input: process.stdin });
    const handle = stage.client.workflow.getHandle(workflowId);
    const pressed = terminal.question('').then(() => true);
    try {
      for (let waiting = true; waiting; ) {
        if (await Promise.race([pressed, pause(500).then(() => false)])) break;
        waiting = (await handle.query<RunStatus>('status')).phase === 'awaiting-approval';
        if (!waiting) return;
      }
    } finally {
      terminal.close();
    }
  }
  say(`  $ continual ${argv.map(quoted).join(' ')}`);
  say(`  ${await stage.command(...argv)}`);
  say('');
}

const quoted = (word: string) => (/[^\w./:=-]/.test(word) ? `"${word}"` : word);

/** A line to paste into another terminal in the project's folder. */
export const shellCommand = ({ environment }: Stage, argv: string[]): string =>
  [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), 'npx continual', ...argv.map(quoted)].join(' ');

function line({ until, result, seconds }: Chapter): string {
  const { candidate, action, outcome, because, newRows } = result;
  return `  ${until.slice(0, 10)}  ${(candidate ?? '–').padEnd(7)} ${action.padEnd(9)} ${outcome.padEnd(10)} ${String(newRows).padStart(5)} rows  ${seconds.toFixed(1)} s  ${shortened(because)}`;
}

const shortened = (text: string) => (text.length > 90 ? `${text.slice(0, 89)}…` : text);
