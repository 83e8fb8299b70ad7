import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pipelineSchema, type PipelineInput } from '../../contracts';
import { openStore, Registry } from '../../registry';

/** A files store in a folder of its own, and pipelines over a small market that a run learns in a second. */
export class Market {
  readonly folder = mkdtempSync(join(tmpdir(), 'continual-market-'));
  readonly store = pathToFileURL(join(this.folder, 'store')).href;
  readonly registry = new Registry(openStore(this.store));

  /** Applies a pipeline over 600 rows of its own; what is given replaces the defaults. */
  async apply(name: string, more: Partial<PipelineInput> = {}): Promise<void> {
    await this.registry.apply(
      pipelineSchema.parse({
        name,
        source: { files: this.write(`${name}.csv`, marketRows()), time: 'time' },
        label: { column: 'up' },
        model: { mlp: [8] },
        learning: { epochs: 1, scratchEpochs: 2 },
        retrain: { minimumRows: 50 },
        approval: { when: 'never' },
        ...more,
      }),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(name: string, text: string): string {
    const folder = join(this.folder, 'data');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  }
}

/** Half-hours as CSV: three numbers, and a label that follows two of them. */
export function marketRows(rows = 600): string {
  const start = Date.parse('2026-01-05T00:00:00Z');
  const lines = Array.from({ length: rows }, (_, i) => {
    const [price, demand, transfer] = [Math.sin(i), Math.cos(i * 0.7), Math.sin(i * 1.3)];
    return [new Date(start + i * 1_800_000).toISOString(), price, demand, transfer, price + demand / 2 > 0 ? 'yes' : 'no'].join(',');
  });
  return ['time,price,demand,transfer,up', ...lines, ''].join('\n');
}
