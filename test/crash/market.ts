import { pipelineSchema, type Pipeline } from '../../contracts';

export const pipelineName = 'market';
/** The first version learns from the rows before; the run that is disturbed from those after. */
export const middle = '2026-01-18T00:00:00Z';
/** Steps of the disturbed training: long enough for many checkpoints, of which each may be the last. */
export const trainingSteps = 30 * 200;

/** A pipeline whose stateful update takes seconds, and whose every run asks a person. */
export function marketPipeline(file: string): Pipeline {
  return pipelineSchema.parse({
    name: pipelineName,
    source: { files: file, time: 'time' },
    label: { column: 'up' },
    model: { mlp: [16], dropout: 0.1 },
    learning: { epochs: 200, scratchEpochs: 2, batch: 16 },
    retrain: { minimumRows: 50 },
    gates: { margin: 0.5, forgetting: 1, minimumRows: 50 },
    approval: { when: 'always' },
  });
}

/** 1,200 half-hours as CSV: three numbers, and a label that follows two of them. */
export function marketRows(): string {
  const start = Date.parse('2026-01-05T12:00:00Z');
  const lines = Array.from({ length: 1_200 }, (_, i) => {
    const [price, demand, transfer] = [Math.sin(i), Math.cos(i * 0.7), Math.sin(i * 1.3)];
    return [new Date(start + i * 1_800_000).toISOString(), price, demand, transfer, price + demand / 2 > 0 ? 'yes' : 'no'].join(',');
  });
  return ['time,price,demand,transfer,up', ...lines, ''].join('\n');
}
