import type { Cli, JsonOption } from '../cli';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { shortTime, table } from '../text';

/** `continual versions`: every version number ever given, and what became of it. */
export function addVersions(cli: Cli): void {
  cli
    .command('versions <pipeline>', 'all versions of a pipeline and what became of them', ['versions electricity', 'versions electricity --json'])
    .addOption(storeOption())
    .action(
      cli.action(async (pipeline: string, options: StoreOption & JsonOption) => {
        const registry = openRegistry(cli.io, options);
        await registry.pipeline(pipeline);
        const versions = await registry.versions(pipeline);
        cli.print(options, { pipeline, versions }, () =>
          versions.length === 0
            ? `no versions yet; start a run with: continual start ${pipeline}`
            : table(['version', 'state', 'mode', 'parent', 'created'], versions.map((one) => [one.version, one.state, one.mode, one.parent ?? '-', shortTime(one.created)])),
        );
      }),
    );
}
