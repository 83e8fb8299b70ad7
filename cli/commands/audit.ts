import type { Cli, JsonOption } from '../cli';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { shortTime, table } from '../text';

/** `continual audit`: every decision, the refused ones too. */
export function addAudit(cli: Cli): void {
  cli
    .command('audit <pipeline> [candidate]', 'every decision that was made or tried, the refused ones too', ['audit electricity', 'audit electricity 1.1.4 --json'])
    .addOption(storeOption())
    .action(
      cli.action(async (pipeline: string, candidate: string | undefined, options: StoreOption & JsonOption) => {
        const registry = openRegistry(cli.io, options);
        await registry.pipeline(pipeline);
        const entries = await registry.audit(pipeline, candidate);
        cli.print(options, { pipeline, candidate: candidate ?? null, entries }, () =>
          entries.length === 0
            ? `no decisions yet${candidate === undefined ? '' : ` on ${candidate}`}; a run writes its own when it ends`
            : table(
                ['time', 'candidate', 'decision', 'counted', 'by', 'channel', 'answer', 'reason'],
                entries.map((one) => [shortTime(one.at), one.candidate ?? '-', one.decision, one.accepted ? 'yes' : 'no', one.by, one.channel, one.answer, one.reason]),
              ),
        );
      }),
    );
}
