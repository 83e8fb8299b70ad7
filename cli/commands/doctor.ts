import { checkUp } from '../checkup';
import type { Cli, JsonOption } from '../cli';
import { exitCodes } from '../exit';
import { storeOption, storeUri, type StoreOption } from '../store';

/** `continual doctor`: what is there, what is missing, and the cure. */
export function addDoctor(cli: Cli): void {
  cli
    .command('doctor', 'look for all that is needed, and say what is missing', ['doctor', 'doctor --store s3://models/continual --json'])
    .addOption(storeOption())
    .action(
      cli.action(async (options: StoreOption & JsonOption) => {
        const findings = await checkUp(cli.io, storeUri(cli.io, options));
        const missing = findings.filter((finding) => finding.state === 'missing');
        cli.print(options, { ok: missing.length === 0, findings }, () =>
          [
            ...findings.map(({ name, state, found, cure }) => `${state.padEnd(7)}  ${name.padEnd(17)}  ${found}${cure === null ? '' : `\n${' '.repeat(28)}${cure}`}`),
            missing.length === 0 ? 'all that is needed is here' : `missing: ${missing.map(({ name }) => name).join(', ')}`,
          ].join('\n'),
        );
        return missing.length === 0 ? exitCodes.ok : exitCodes.failed;
      }),
    );
}
