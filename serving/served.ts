import type { Features } from '../learning';
import type { Predict } from './predictor';

/** What one version needs to answer requests. */
export interface Loaded {
  pipeline: string;
  version: string;
  /** SHA-256 of its manifest. */
  digest: string;
  /** Name of the column that orders the rows. */
  timeColumn: string;
  features: Features;
  predict: Predict;
  dispose(): void;
}

/** A loaded version that answers requests, and is disposed once it is retired and its last request is answered. */
export class Served {
  private inFlight = 0;
  private retired = false;

  constructor(readonly loaded: Loaded) {}

  async use<T>(work: (loaded: Loaded) => Promise<T>): Promise<T> {
    this.inFlight += 1;
    try {
      return await work(this.loaded);
    } finally {
      this.inFlight -= 1;
      this.disposeWhenIdle();
    }
  }

  retire(): void {
    this.retired = true;
    this.disposeWhenIdle();
  }

  private disposeWhenIdle(): void {
    if (this.retired && this.inFlight === 0) this.loaded.dispose();
  }
}
