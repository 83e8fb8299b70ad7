#!/usr/bin/env node
import { Command } from 'commander';
import { inLines } from '../reports/words';
import { Cli, exitCodeHelp } from './cli';
import { commands } from './commands';
import { explainFailure } from './exit';
import { processIo, type Io } from './io';
import { packageVersion } from './tools';

/**
 * Runs one command line and returns its exit status; nothing is thrown.
 * @param argv the arguments after the program's name
 * @example await main(['versions', 'electricity', '--json'])
 */
export async function main(argv: string[], io: Io = processIo()): Promise<number> {
  const program = new Command('continual')
    .description('Keep a deployed model learning: retrain, prove, approve, promote, roll back.')
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => undefined })
    .addHelpText('after', `\nA first pipeline: continual dev (in a terminal of its own), continual apply <file>, continual start <pipeline>.\n${exitCodeHelp}`);
  const cli = new Cli(io, program);
  for (const add of commands) add(cli);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    const { exitCode, type, message } = explainFailure(error);
    // Help and --version end this way too.
    if (exitCode === 0) return 0;
    if (message !== '(outputHelp)') io.err(`continual: ${inLines(message)}\n${type === 'Usage' ? `see: ${commandOf(program, argv)} --help\n` : ''}`);
    if (argv.includes('--json')) io.out(`${JSON.stringify({ error: { type, message } }, null, 2)}\n`);
    if (io.env.CONTINUAL_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
    return exitCode;
  }
}

/** The command that the words name, as far as there is one: its help says more than the program's. */
function commandOf(program: Command, [word, ...rest]: string[]): string {
  const named = program.commands.find((command) => command.name() === word);
  return named ? `${program.name()} ${commandOf(named, rest)}` : program.name();
}

if (require.main === module) void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
