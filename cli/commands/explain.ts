import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pipelineName, UnknownPipeline, type Pipeline } from '../../contracts';
import type { Cli, JsonOption } from '../cli';
import { defaultPaths, explainPipeline } from '../defaults';
import { readPipeline } from '../pipeline-file';
import { openRegistry, storeOption, type StoreOption } from '../store';

/** `continual explain`: a pipeline with every default written out. */
export function addExplain(cli: Cli): void {
  cli
    .command('explain <file-or-pipeline>', 'print a pipeline with all its defaults', ['explain pipeline.yaml', 'explain electricity'])
    .addOption(storeOption())
    .action(
      cli.action(async (what: string, options: StoreOption & JsonOption) => {
        const pipeline = await find(cli, what, options);
        cli.print(options, { pipeline, defaults: defaultPaths(pipeline).map((path) => path.join('.')) }, () => explainPipeline(pipeline));
      }),
    );
}

async function find(cli: Cli, what: string, options: StoreOption): Promise<Pipeline> {
  const file = resolve(cli.io.cwd, what);
  if (existsSync(file)) return readPipeline(file);
  if (!pipelineName.safeParse(what).success) throw new UnknownPipeline(`${what} is neither a file nor the name of a pipeline`);
  return (await openRegistry(cli.io, options).pipeline(what)).pipeline;
}
