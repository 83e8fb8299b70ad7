import { InvalidInput } from '../../contracts';
import type { Cli, JsonOption } from '../cli';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { shortTime, table } from '../text';

/** `continual history`: the champion's moves, or what was champion at a time. */
export function addHistory(cli: Cli): void {
  cli
    .command('history <pipeline>', 'every move of the champion, or what was champion at a time', ['history electricity', 'history electricity --at 2026-01-31T12:00:00Z'])
    .option('--at <time>', 'what was champion then; UTC where no offset is given')
    .addOption(storeOption())
    .action(
      cli.action(async (pipeline: string, options: StoreOption & JsonOption & { at?: string }) => {
        const registry = openRegistry(cli.io, options);
        await registry.pipeline(pipeline);
        if (options.at !== undefined) {
          const at = timeOf(options.at);
          const move = await registry.championAt(pipeline, at);
          cli.print(options, { pipeline, at, move }, () =>
            move ? `${move.to}, champion since ${shortTime(move.at)} (${move.kind} by ${move.by}: ${move.reason})` : `${pipeline} had no champion at ${at}`,
          );
          return;
        }
        const moves = await registry.history(pipeline);
        cli.print(options, { pipeline, moves }, () =>
          moves.length === 0
            ? `no champion yet; start a run with: continual start ${pipeline}`
            : table(['move', 'time', 'kind', 'from', 'to', 'by', 'reason'], moves.map((one) => [`${one.revision}`, shortTime(one.at), one.kind, one.from ?? '-', one.to, one.by, one.reason])),
        );
      }),
    );
}

/** A day, or a time with or without an offset, as an instant. */
function timeOf(text: string): string {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  const [, day, clock = '00:00', offset = 'Z'] = found ?? [];
  const time = new Date(`${day}T${clock}${offset}`);
  // Of 31 February, Date makes some day in March.
  const exists = new Date(`${day}T00:00Z`);
  if (Number.isNaN(time.getTime()) || exists.toISOString().slice(0, 10) !== day) throw new InvalidInput(`--at is ${text}: a time such as 2026-01-31T12:00:00Z was expected`);
  return time.toISOString();
}
