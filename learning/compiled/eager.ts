import * as tf from '@tensorflow/tfjs';
import { pick, rowsOf, type Rows } from './rows';
import { leaves, refill, type Tensors } from './tensors';
import { countUpdates } from './state';
import type { OptimizerUse } from './trace';

/** The same calls as a compiled step, run eagerly: for steps that cannot be compiled. */
export class EagerStep {
  readonly mode = 'eager';
  readonly state: tf.Variable[] = [];
  private readonly used = new Set<OptimizerUse['optimizer']>();

  constructor(private readonly step: (inputs: Tensors) => Tensors, readonly reason: string) {}

  get optimizers(): tf.Optimizer[] {
    return [...this.used];
  }

  call(inputs: Tensors): Tensors {
    const stop = countUpdates((optimizer) => this.used.add(optimizer));
    try {
      let nest: Tensors = [];
      const kept = tf.tidy(() => leaves((nest = this.step(inputs))).map(({ tensor }) => tensor));
      return refill(nest, kept);
    } finally {
      stop();
    }
  }

  gather(data: Tensors, rows: Rows, rate?: number): Tensors {
    if (rate !== undefined) this.setRates(rate);
    const { sources, lists } = pick(data, rows, 1);
    const batch = rowsOf(data, sources, lists);
    try {
      return this.call(batch.nest);
    } finally {
      batch.dispose();
    }
  }

  loop(data: Tensors, rows: Rows, steps: number, rates?: Float32Array): Tensors {
    const { sources, lists, batches } = pick(data, rows, steps);
    const results: Tensors[] = [];
    for (let step = 0; step < steps; step++) {
      if (rates) this.setRates(rates[step]!);
      const batch = rowsOf(data, sources, lists.map((list, g) => list.subarray(step * batches[g]!, (step + 1) * batches[g]!)));
      results.push(this.call(batch.nest));
      batch.dispose();
    }
    const columns = results.map((nest) => leaves(nest).map(({ tensor }) => tensor));
    const stacked = columns[0]!.map((_, i) => tf.stack(columns.map((column) => column[i]!)));
    tf.dispose(columns);
    return refill(results[0]!, stacked);
  }

  private setRates(rate: number): void {
    for (const optimizer of this.used) {
      if (optimizer.setLearningRate) optimizer.setLearningRate(rate);
      else optimizer.learningRate = rate;
    }
  }

  pull(): void {}
  verify(): void {}
  dispose(): void {}
}
