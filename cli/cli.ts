import { Option, type Command } from 'commander';
import { InvalidInput } from '../contracts';
import { inLines } from '../reports/words';
import { exitCodes } from './exit';
import type { Io } from './io';

/** What each command is defined on: the program, where it writes, and the status it ends with. */
export class Cli {
  exitCode = 0;

  constructor(
    readonly io: Io,
    readonly program: Command,
  ) {}

  /** A command with `--json` and its examples: real lines that a reader can copy. */
  command(signature: string, summary: string, examples: string[], parent = this.program): Command {
    return parent
      .command(signature)
      .summary(summary)
      .description(summary)
      .addOption(jsonOption())
      .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ continual ${line}`).join('\n')}\n\n${exitCodeHelp}`);
  }

  /** Wraps what a command does: it may return a status, and 0 is taken where it returns none. */
  action<Args extends unknown[]>(run: (...args: Args) => Promise<number | void>): (...args: Args) => Promise<void> {
    return async (...args) => {
      this.exitCode = (await run(...args)) ?? exitCodes.ok;
    };
  }

  /** Writes a result: one JSON document where `--json` is given, else text. */
  print({ json }: JsonOption, value: unknown, text: () => string): void {
    this.io.out(`${json ? JSON.stringify(value, null, 2) : inLines(text())}\n`);
  }

  /** A line for a person that is no result: progress, hints. */
  say(line: string): void {
    this.io.err(`${inLines(line)}\n`);
  }
}

export const exitCodeHelp =
  'Exit codes: 0 done, 1 failed, 2 invalid input or usage, 3 refused, 4 Temporal or the store is not reachable.';

export interface JsonOption {
  json?: boolean;
}
const jsonOption = () => new Option('--json', 'print one JSON document; progress goes to stderr');

export interface TaskQueueOption {
  taskQueue?: string;
}
export const taskQueueOption = () => new Option('--task-queue <name>', 'task queue of the workers (CONTINUAL_TASK_QUEUE; default: continual)');

/** The task queue by option, environment, default. */
export const taskQueueOf = (io: Io, { taskQueue }: TaskQueueOption): string => taskQueue || io.env.CONTINUAL_TASK_QUEUE || 'continual';

/** A whole number from an option, within bounds; for ports. */
export function portOf(text: string, option: string): number {
  const port = text.trim() === '' ? NaN : Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidInput(`${option} is ${text.trim() || 'empty'}: a port from 0 to 65535 was expected`);
}
