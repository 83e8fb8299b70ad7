/** Numbers kept beside the rows: `width` for each. NaN where a row came without them, or with fewer. */
export interface Kept {
  width: number;
  values: Float32Array;
}

/** What a strategy keeps beside the rows of a memory, by name and place. */
export class Beside {
  private readonly columns = new Map<string, Kept>();

  /** The numbers of this name at all places that there is room for. */
  of(name: string): Float32Array | undefined {
    return this.columns.get(name)?.values;
  }

  /** Those of the first so many places. */
  all(rows: number): Record<string, Kept> {
    return Object.fromEntries([...this.columns].map(([name, { width, values }]) => [name, { width, values: values.subarray(0, rows * width) }]));
  }

  /**
   * Puts down what came with a row. A name that did not come is not known for it; numbers that are wider than those
   * before (logits, where the head has grown) widen all.
   *
   * @param room places that there is room for
   */
  put(place: number, kept: Record<string, Float32Array>, row: number, rows: number, room: number): void {
    for (const name of new Set([...this.columns.keys(), ...Object.keys(kept)])) {
      const given = kept[name];
      const width = given ? given.length / rows : 0;
      const column = this.column(name, width, room);
      column.values.fill(NaN, place * column.width, (place + 1) * column.width);
      if (given) column.values.set(given.subarray(row * width, (row + 1) * width), place * column.width);
    }
  }

  private column(name: string, width: number, room: number): Kept {
    const before = this.columns.get(name);
    if (before && before.width >= width && before.values.length >= room * before.width) return before;
    const wide = Math.max(width, before?.width ?? 0);
    const column = { width: wide, values: new Float32Array(room * wide).fill(NaN) };
    for (let from = 0, to = 0; before && from < before.values.length; from += before.width, to += wide) {
      column.values.set(before.values.subarray(from, from + before.width), to);
    }
    this.columns.set(name, column);
    return column;
  }
}
