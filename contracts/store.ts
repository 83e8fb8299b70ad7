/**
 * Where everything large or lasting lives: a folder (`file:///…`) or a bucket (`s3://bucket/prefix`).
 * Keys are relative, `/`-separated, of letters, digits, `.`, `_`, `-` only; no segment is empty, `.` or `..`.
 * Every method throws `StoreUnavailable` when the service does not answer, `InvalidInput` for a malformed key.
 */
export interface Store {
  readonly uri: string;
  /** The object's bytes, or null where there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /**
   * Writes the object unless one is there, all or nothing. Of racing creators exactly one gets `true`.
   * A reply can be lost after the write: a caller to whom it matters reads back what is there.
   */
  create(key: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes the object, over an older one too. Only for what may be lost: checkpoints and pages made anew. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Keys that begin with the prefix, in lexical order. */
  list(prefix: string): Promise<string[]>;
  /** Removes the object; none there is fine. */
  remove(key: string): Promise<void>;
}
