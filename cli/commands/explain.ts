import type { Cli, JsonOption } from '../cli';
import { defaultPaths, explainPipeline } from '../defaults';
import { findPipeline } from '../pipeline-file';
import { openRegistry, storeOption, type StoreOption } from '../store';

/** `continual explain`: a pipeline with the defaults of its fields written out. */
export function addExplain(cli: Cli): void {
  cli
    .command('explain <file-or-pipeline>', 'print a pipeline with the defaults of its fields', ['explain pipeline.yaml', 'explain electricity'])
    .addOption(storeOption())
    .action(
      cli.action(async (what: string, options: StoreOption & JsonOption) => {
        const pipeline = await findPipeline(cli.io.cwd, what, () => openRegistry(cli.io, options));
        cli.print(options, { pipeline, defaults: defaultPaths(pipeline).map((path) => path.join('.')) }, () => explainPipeline(pipeline));
      }),
    );
}
