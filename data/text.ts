import { createReadStream, createWriteStream } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ContinualError, SourceUnreadable } from '../contracts';
import { reason } from './database';
import { longestLine, Mender } from './mender';
import type { Rejects } from './rejects';

/** How a CSV's fields are divided, what they are called, and how many a record has at most: an empty one more where all end so. */
export interface Dialect {
  delimiter: string;
  names: string[];
  fields: number;
}
type DialectOf = (header: string, file: string, beginning: Buffer) => Dialect;

/** A text that can be handed to the parser, and the file that it came from. */
export interface Text {
  path: string;
  file: string;
  /** Of a CSV, as its first line tells; null where the file is empty. */
  dialect: Dialect | null;
}

/** Unpacks a gzip file into the folder. Unlike the database's own reader it notices when the end or a bit is missing. */
export async function unpacked(file: string, folder: string, number: number): Promise<string> {
  if (!/\.gz$/i.test(file)) return file;
  const path = join(folder, `${number}.txt`);
  try {
    await pipeline(createReadStream(file), createGunzip(), createWriteStream(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw new SourceUnreadable(`${file} cannot be unpacked as gzip: ${reason(error)}. Write or fetch the file again.`);
  }
  return path;
}

/**
 * Makes a text file ready for the parser; a copy is written only where something in it has to be mended.
 *
 * @param dialectOf a CSV's dialect, seen its header and up to 1 MiB of its beginning; null for other texts.
 */
export async function readyText(
  file: string,
  folder: string,
  number: number,
  dialectOf: DialectOf | null,
  rejects: Rejects,
): Promise<Text> {
  const path = await unpacked(file, folder, number);
  const { dialect, mend } = await survey(path, file, dialectOf);
  if (!mend) return { path, file, dialect };
  const mended = join(folder, `${number}.mended`);
  const mender = new Mender(dialect, (why, line, text) => {
    rejects.add(why, 1);
    rejects.show({ reason: why, file, line, text });
  });
  await pipeline(createReadStream(path, { highWaterMark: longestLine }), mender, createWriteStream(mended));
  return { path: mended, file, dialect };
}

/** Reads through a file: the dialect that its first line tells, and whether anything in it can mislead a parser. */
async function survey(path: string, file: string, dialectOf: DialectOf | null): Promise<{ dialect: Dialect | null; mend: boolean }> {
  let header: string | null = null;
  let dialect: Dialect | null = null;
  let mend = false;
  let open = 0; // bytes since the last newline
  let before = ''; // the last letter of the chunk before
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: longestLine }) as AsyncIterable<Buffer>) {
      if (header === null) {
        header = firstLine(chunk, file);
        dialect = dialectOf && dialectOf(header, file, chunk);
      }
      const first = chunk.indexOf('\n');
      mend ||= chunk.includes('\r') || open + (first === -1 ? chunk.length : first) > longestLine;
      // The parser drops what is empty behind a line's last field; it may be there since another field was divided.
      if (dialect) mend ||= chunk.includes('"') || chunk.includes(`${dialect.delimiter}\n`) || (before === dialect.delimiter && first === 0);
      open = first === -1 ? open + chunk.length : chunk.length - 1 - chunk.lastIndexOf('\n');
      before = String.fromCharCode(chunk.at(-1)!);
    }
  } catch (error) {
    if (error instanceof ContinualError) throw error;
    throw new SourceUnreadable(`${file} cannot be read: ${reason(error)}.`);
  }
  return { dialect, mend: mend || (dialect !== null && before === dialect.delimiter) };
}

function firstLine(chunk: Buffer, file: string): string {
  const end = chunk.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = chunk.subarray(0, end === -1 ? chunk.length : end);
  if (!isUtf8(line) || line.includes(0)) {
    throw new SourceUnreadable(`${file} is not text in UTF-8. Name its true format in source.format (csv, jsonl or parquet), or save it as UTF-8.`);
  }
  return line.toString('utf8').replace(/^\ufeff/, '');
}
