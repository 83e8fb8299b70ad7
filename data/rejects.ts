/** A line or row that was set aside: why, and enough of it to find it. */
export interface Reject {
  /** Such as `nsw_price: not a number`; the same words count it in `quarantined`. */
  reason: string;
  /** The file as the source names it; unknown for rows that were well-formed lines. */
  file?: string;
  /** Line number in the file, from 1. */
  line?: number;
  /** The line, or the row's values with commas between, 200 characters at most. */
  text: string;
}

const sampleSize = 100;
/** So that no reason crowds out the others. */
export const samplePerReason = 20;
export const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

/** Adds up what was set aside, reason by reason, and keeps the first rows as a sample. */
export class Rejects {
  readonly sample: Reject[] = [];
  private readonly counts = new Map<string, number>();

  add(reason: string, count: number): void {
    if (count > 0) this.counts.set(reason, (this.counts.get(reason) ?? 0) + count);
  }

  show(reject: Reject): void {
    const alike = this.sample.filter(({ reason }) => reason === reject.reason).length;
    if (this.sample.length < sampleSize && alike < samplePerReason) this.sample.push({ ...reject, text: shorten(reject.text) });
  }

  /** Counts by reason, in the alphabet's order. */
  get quarantined(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
