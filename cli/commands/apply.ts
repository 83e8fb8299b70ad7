import { resolve } from 'node:path';
import type { Cli, JsonOption } from '../cli';
import { readPipeline } from '../pipeline-file';
import { checkStrategy } from '../strategy-check';
import { openRegistry, storeOption, storeUri, type StoreOption } from '../store';

/** `continual apply`: keeps a pipeline's file in the store as its next revision. */
export function addApply(cli: Cli): void {
  cli
    .command('apply <file>', 'check a pipeline (YAML or JSON) and keep it in the store', ['apply pipeline.yaml', 'apply pipeline.yaml --store s3://models/continual'])
    .addOption(storeOption())
    .action(
      cli.action(async (file: string, options: StoreOption & JsonOption) => {
        const pipeline = await readPipeline(resolve(cli.io.cwd, file));
        const warning = checkStrategy(pipeline);
        const { revision, changed } = await openRegistry(cli.io, options).apply(pipeline);
        if (warning !== null) cli.say(warning);
        const { name } = pipeline;
        const next = [...(pipeline.schedule ? [`continual schedule apply ${name}`] : []), `continual start ${name}`];
        const store = storeUri(cli.io, options);
        cli.print(options, { pipeline: name, revision, changed, store, next }, () =>
          changed
            ? `${name}: revision ${revision} applied to ${store}\nnext: ${next.join('   or   ')}`
            : `${name}: unchanged, revision ${revision} in ${store}`,
        );
      }),
    );
}
