/** What a strategy keeps of the past. Exactly one of `rows` and `bytes` is given. */
export interface MemoryOptions {
  /** Rows kept at most. */
  rows?: number;
  /** Bytes that the memory may take in the version, all told (its values; names and digest come to some hundred more): as many rows are kept, packed, as fit. */
  bytes?: number;
  /**
   * reservoir: every row seen is kept with the same chance. class-balanced: rare classes keep more of theirs.
   * gss-greedy: rows whose gradients point elsewhere, as the strategy's `keep` tells: `score`, each row's own, and `gate`,
   * the whole batch's. ranked: each class's rows of the lowest rank, which the strategy's `rank` gives.
   */
  sampling: 'reservoir' | 'class-balanced' | 'gss-greedy' | 'ranked';
  /** end: this training's rows come in when it ends (default). stream: each when it is first trained on, to be drawn at once. */
  insert?: 'end' | 'stream';
  /** Rows of each of a step's independent draws; `batch` is as many as the batch has. Default one draw: `['batch']`. */
  draws?: readonly (number | 'batch')[];
}

/** Rows offered to a memory: encoded, unscaled. */
export interface Offered {
  /** float32 [rows, width] */
  x: Float32Array;
  /** int32 [rows], classes as indices. */
  y: Int32Array;
  /** What is kept beside them, float32 [rows, n] each; `gate` only decides about them. */
  kept?: Record<string, Float32Array>;
  /** 1 for a row that must not be kept. */
  private?: Uint8Array | null;
}
