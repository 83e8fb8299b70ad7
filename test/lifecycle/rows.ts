export type Label = (row: { a: number; b: number; index: number }) => string;

/** What the numbers say: a model of eight units learns it within a few hundred rows. */
export const truth: Label = ({ a, b }) => (a + b / 2 > 0 ? 'up' : 'down');
/** The contrary: whoever learns it forgets the truth. */
export const contrary: Label = (row) => (truth(row) === 'up' ? 'down' : 'up');

/** The time of a row: one an hour. */
export const timeOf = (index: number): string => new Date(Date.UTC(2026, 0, 1) + index * 3_600_000).toISOString();

/** The rows from…to; a row is the same in whatever file it stands. */
export function csv(from: number, to: number, label: Label = truth): string {
  const lines = ['time,a,b,c,label'];
  for (let index = from; index < to; index++) {
    const [a, b, c] = [0, 1, 2].map((column) => noise(3 * index + column)) as [number, number, number];
    lines.push([timeOf(index), a.toFixed(4), b.toFixed(4), c.toFixed(4), label({ a, b, index })].join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** A number in -1..1 that follows from its index alone: a mixer of 32 bits. */
function noise(index: number): number {
  let x = Math.imul(index + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 0x80000000 - 1;
}

/** CSV with another column: its value for each row, by the row's number. */
export function withColumn(text: string, name: string, value: (index: number) => string | number): string {
  const [head, ...lines] = text.trimEnd().split('\n');
  const first = (Date.parse(lines[0]!.split(',')[0]!) - Date.UTC(2026, 0, 1)) / 3_600_000;
  return `${[`${head},${name}`, ...lines.map((line, i) => `${line},${value(first + i)}`)].join('\n')}\n`;
}

/** CSV without one of its columns. */
export function withoutColumn(text: string, name: string): string {
  const lines = text.trimEnd().split('\n').map((line) => line.split(','));
  const at = lines[0]!.indexOf(name);
  return `${lines.map((fields) => fields.filter((_, i) => i !== at).join(',')).join('\n')}\n`;
}
