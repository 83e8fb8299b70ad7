import { Transform, type TransformCallback } from 'node:stream';

/** Longer lines, and longer quoted records, are set aside. */
export const longestLine = 1 << 20;

const newline = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;
const space = 0x20;

type Fault = 'line: too long' | 'line: broken quotes' | 'line: wrong number of fields';
export type Broken = (reason: Fault, line: number, text: string) => void;

/**
 * Mends a text so that a parser cannot lose its way in it: newlines become `\n`; lines that are too long and, in CSV,
 * lines whose quotes do not close within a record and records with empty fields too many are reported and left as empty lines,
 * so that line numbers stay true. A parser that meets an open quote takes all the rows after it for one value, and one that
 * meets an empty field too many takes no notice.
 *
 * @param csv its delimiter, and how many fields a record has; null for text in which quotes mean nothing to the division into lines.
 */
export class Mender extends Transform {
  private rest: Buffer = Buffer.alloc(0);
  private line = 1;
  private skipping = false;

  constructor(private readonly csv: { delimiter: string; fields: number } | null, private readonly broken: Broken) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.mend(chunk, false);
    done();
  }

  override _flush(done: TransformCallback): void {
    this.mend(Buffer.alloc(0), true);
    done();
  }

  private mend(chunk: Buffer, last: boolean): void {
    const { buffer, held } = plainNewlines(Buffer.concat([this.rest, chunk]), last);
    let from = 0; // what has not been passed on yet
    let at = 0; // the current line
    let quoteAt = -1;
    while (at < buffer.length) {
      const newlineAt = buffer.indexOf(newline, at);
      const whole = newlineAt !== -1 || last;
      if (!whole && buffer.length - at <= longestLine) break;
      const lineEnd = newlineAt === -1 ? buffer.length : newlineAt;
      let end = lineEnd;
      let fault: Fault | null = null;
      if (!this.skipping && lineEnd - at > longestLine) {
        fault = 'line: too long';
      } else if (!this.skipping && this.csv !== null) {
        const delimiter = this.csv.delimiter.charCodeAt(0);
        if (quoteAt < at) quoteAt = indexOrEnd(buffer, quote, at);
        if (quoteAt < lineEnd) end = recordEnd(buffer, at, delimiter, last);
        if (end === undecided) break;
        if (end === neverCloses) [fault, end] = ['line: broken quotes', lineEnd];
        else if (endsEmpty(buffer, at, end, delimiter) && fieldsIn(buffer, at, end, delimiter) > this.csv.fields) fault = 'line: wrong number of fields';
      }
      if (fault !== null || this.skipping) {
        this.push(buffer.subarray(from, at));
        if (end > lineEnd) this.push('\n'.repeat(newlines(buffer, at, end)));
        from = end; // the newline stays
        if (fault !== null) this.broken(fault, this.line, buffer.toString('utf8', at, Math.min(lineEnd, at + 1000)));
        this.skipping = !whole;
      }
      if (whole) this.line += 1 + (end > lineEnd ? newlines(buffer, at, end) : 0);
      at = end + 1;
    }
    at = Math.min(at, buffer.length);
    this.push(buffer.subarray(from, at));
    this.rest = Buffer.concat([buffer.subarray(at), held]);
  }
}

/** `\r\n` and a lone `\r` become `\n`. A `\r` at the end waits for what follows it. */
function plainNewlines(buffer: Buffer, last: boolean): { buffer: Buffer; held: Buffer } {
  if (!buffer.includes(carriageReturn)) return { buffer, held: Buffer.alloc(0) };
  const wait = !last && buffer.at(-1) === carriageReturn ? 1 : 0;
  const body = buffer.subarray(0, buffer.length - wait);
  return {
    buffer: Buffer.from(body.toString('latin1').replace(/\r\n?/g, '\n'), 'latin1'),
    held: Buffer.from(buffer.subarray(buffer.length - wait)),
  };
}

const undecided = -1;
const neverCloses = -2;

/** Where the record that begins at `at` ends: the index of its newline, or of the end of the text. */
function recordEnd(buffer: Buffer, at: number, delimiter: number, last: boolean): number {
  const unfinished = last || buffer.length - at > longestLine ? neverCloses : undecided;
  for (let i = at; ; i++) {
    // The parser takes a quote after one space for one that opens a value, too; after more it is text.
    const start = buffer[i] === space ? i + 1 : i;
    if (buffer[start] === quote) {
      i = closingQuote(buffer, start + 1);
      if (i === -1) return unfinished;
      do i++;
      while (buffer[i] === space);
      if (i < buffer.length && buffer[i] !== delimiter && buffer[i] !== newline) return neverCloses;
    } else {
      while (i < buffer.length && buffer[i] !== delimiter && buffer[i] !== newline) i++;
    }
    if (i >= buffer.length) return last ? buffer.length : unfinished;
    if (buffer[i] === newline) return i - at > longestLine ? neverCloses : i;
  }
}

/** Whether the last field of a record may be empty: it ends, but for spaces, with the delimiter or a quote. */
function endsEmpty(buffer: Buffer, from: number, to: number, delimiter: number): boolean {
  let last = to - 1;
  while (last > from && buffer[last] === space) last--;
  return last >= from && (buffer[last] === delimiter || buffer[last] === quote);
}

/** How many fields a whole record has. */
export function fieldsIn(buffer: Buffer, from: number, to: number, delimiter: number): number {
  let count = 1;
  for (let i = from; i < to; i++) {
    const start = buffer[i] === space ? i + 1 : i;
    if (buffer[start] === quote) i = closingQuote(buffer, start + 1);
    while (i < to && buffer[i] !== delimiter) i++;
    if (i < to) count++;
  }
  return count;
}

/** The quote that closes a value begun before `from`; two in a row are one quote within it. -1 where none does. */
function closingQuote(buffer: Buffer, from: number): number {
  for (;;) {
    const at = buffer.indexOf(quote, from);
    if (at === -1 || buffer[at + 1] !== quote) return at;
    from = at + 2;
  }
}

function indexOrEnd(buffer: Buffer, byte: number, from: number): number {
  const at = buffer.indexOf(byte, from);
  return at === -1 ? buffer.length : at;
}

function newlines(buffer: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = buffer.indexOf(newline, from); at !== -1 && at < to; at = buffer.indexOf(newline, at + 1)) count++;
  return count;
}
