import { createRequire } from 'node:module';
import type { Command } from 'commander';
import type { Cli, JsonOption } from '../cli';
import { findPipeline } from '../pipeline-file';
import { openRegistry, storeOption, type StoreOption } from '../store';
import type { planned } from '../surgery-plan';
import { moduleOption, modulePaths, type ModuleOption } from '../worker-run';

/** Loads TensorFlow only when it is wanted; a test runner can follow this, which it cannot with `import()`. */
const requireLazily = createRequire(__filename);

/** `continual surgery …`: what becomes of the champion when its model, columns or classes change. */
export function addSurgery(cli: Cli): void {
  const surgery = cli.program
    .command('surgery')
    .summary('what a changed model, column or class does to the champion')
    .description('What becomes of the champion when its model, columns, categories or classes change.');
  addPlan(cli, surgery);
}

const about = `Compares the champion with the pipeline (a file that is being edited, or the applied one) and with the rows that came after
the champion; where these are too few for a run, with its own. Prints what would become of every weight, and tries it out on these rows.
`;

function addPlan(cli: Cli, surgery: Command): void {
  cli
    .command('plan <file-or-pipeline>', 'print the surgery that the next run would do; nothing is written', ['surgery plan electricity.yaml', 'surgery plan electricity --json'], surgery)
    .addHelpText('after', `\n${about}`)
    .addOption(moduleOption())
    .addOption(storeOption())
    .action(
      cli.action(async (what: string, options: StoreOption & ModuleOption & JsonOption) => {
        const registry = openRegistry(cli.io, options);
        const pipeline = await findPipeline(cli.io.cwd, what, () => registry);
        const plan = (requireLazily('../surgery-plan.js') as { planned: typeof planned }).planned;
        for (const path of modulePaths(options, cli.io.cwd)) requireLazily(path);
        const { document, text } = await plan(registry, pipeline);
        cli.print(options, document, () => text);
      }),
    );
}
