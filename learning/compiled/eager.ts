import * as tf from '@tensorflow/tfjs';
import { pullAll } from './program';
import { pick, rowsOf, type Rows } from './rows';
import { meetOptimizers, rateOf, setRate } from './state';
import { leaves, refill, type Tensors } from './tensors';
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

  call(inputs: Tensors, rate?: number): Tensors {
    pullAll();
    const rates = new Map<OptimizerUse['optimizer'], number>();
    const stop = meetOptimizers((optimizer) => {
      this.used.add(optimizer);
      const own = rateOf(optimizer);
      if (rate === undefined || own === undefined || rates.has(optimizer)) return;
      rates.set(optimizer, own);
      setRate(optimizer, rate);
    });
    try {
      let nest: Tensors = [];
      const given = new Set(leaves(inputs).map(({ tensor }) => tensor));
      // The caller disposes of what comes back, and not of an input or a variable by that.
      const handedOut = (tensor: tf.Tensor) => (tensor instanceof tf.Variable || given.has(tensor) ? tensor.clone() : tensor);
      const kept = tf.tidy(() => leaves((nest = this.step(inputs))).map(({ tensor }) => handedOut(tensor)));
      return refill(nest, kept);
    } finally {
      stop();
      rates.forEach((own, optimizer) => setRate(optimizer, own));
    }
  }

  gather(data: Tensors, rows: Rows, rate?: number): Tensors {
    const { sources, lists } = pick(data, rows, 1);
    const batch = rowsOf(data, sources, lists);
    try {
      return this.call(batch.nest, rate);
    } finally {
      batch.dispose();
    }
  }

  loop(data: Tensors, rows: Rows, steps: number, rates?: Float32Array): Tensors {
    const { sources, lists, batches } = pick(data, rows, steps);
    const results: Tensors[] = [];
    try {
      for (let step = 0; step < steps; step++) {
        const batch = rowsOf(data, sources, lists.map((list, g) => list.subarray(step * batches[g]!, (step + 1) * batches[g]!)));
        try {
          results.push(this.call(batch.nest, rates?.[step]));
        } finally {
          batch.dispose();
        }
      }
      const columns = results.map((nest) => leaves(nest).map(({ tensor }) => tensor));
      return refill(results[0]!, columns[0]!.map((_, i) => tf.stack(columns.map((column) => column[i]!))));
    } finally {
      tf.dispose(results as tf.TensorContainer);
    }
  }

  pull(): void {}
  verify(): void {}
  dispose(): void {}
}
