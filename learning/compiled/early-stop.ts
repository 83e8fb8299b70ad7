import * as tf from '@tensorflow/tfjs';

export interface EarlyStopping {
  /** A metric of the epochs' records. Default `val_loss`. */
  metric?: string;
  /** Epochs without a better value before the end. Default 3. */
  patience?: number;
  /** What counts as better. Default 0. */
  minDelta?: number;
  /** `min`: smaller is better. Default `max` for accuracies, else `min`. */
  mode?: 'min' | 'max';
  /** Gives the weights of the best epoch back at the end; a training that is aborted keeps those that it has. Default true. */
  restoreBest?: boolean;
}

/** Watches one metric, and keeps the weights of the best epoch (Prechelt, "Early Stopping – But When?", 1998). */
export class EarlyStop {
  private best = Infinity;
  private waited = 0;
  private weights: tf.Tensor[] | undefined;

  constructor(private readonly options: EarlyStopping, private readonly model: tf.LayersModel) {}

  shouldStop(logs: Record<string, number>): boolean {
    const { metric = 'val_loss', patience = 3, minDelta = 0, restoreBest = true } = this.options;
    const value = logs[metric];
    if (value === undefined) throw new RangeError(`stopEarly.metric is ${metric}; an epoch's record has: ${Object.keys(logs).join(', ')}`);
    const mode = this.options.mode ?? (metric.includes('acc') ? 'max' : 'min');
    const cost = mode === 'min' ? value : -value;
    if (cost < this.best - minDelta) {
      this.best = cost;
      this.waited = 0;
      tf.dispose(this.weights ?? []);
      this.weights = restoreBest ? this.model.getWeights().map((w) => tf.keep(w.clone())) : undefined;
      return false;
    }
    return ++this.waited >= patience;
  }

  /** Gives the best weights back: where the training has come to its end. */
  restoreBest(): void {
    if (this.weights) this.model.setWeights(this.weights);
  }

  dispose(): void {
    tf.dispose(this.weights ?? []);
    this.weights = undefined;
  }
}
