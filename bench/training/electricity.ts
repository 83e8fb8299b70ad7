import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { pipelineSchema, type Pipeline } from '../../contracts';
import { pull, readSnapshot } from '../../data';
import { loadBackend, train } from '../../learning';

const folder = resolve(__dirname, '../../../examples/electricity');
const file = join(folder, 'elec2.csv.gz');
/** Twelve weeks of half-hours: what the demo's first version learns from. */
const until = '1996-07-30T00:00:00Z';

export const electricityPipeline = (): Pipeline => pipelineSchema.parse(parse(readFileSync(join(folder, 'electricity.yaml'), 'utf8')));

/** What Keras needs to do the same. */
export function electricityTask() {
  const { learning, model } = electricityPipeline();
  return { file, until: until.slice(0, 19), epochs: learning.scratchEpochs, batch: learning.batch, rate: learning.rate, hidden: 'mlp' in model ? model.mlp : [] };
}

/** Milliseconds from the compressed CSV to the trained network, as the lifecycle does it: pull, read, encode, train. */
export async function timeElectricity(): Promise<{ ms: number; rows: number; steps: number; loss: number; form: string }> {
  const backend = await loadBackend(['native'], { convolution: false });
  const pipeline = electricityPipeline();
  const began = performance.now();
  const { parquet, schema } = await pull({ pipeline, files: [file], after: null, until, schema: null });
  const table = await readSnapshot(parquet, schema);
  const { learner, rows, steps, loss, form } = await train({ pipeline, table, parent: null, backend });
  const ms = performance.now() - began;
  learner.model.dispose();
  return { ms, rows, steps, loss, form };
}
