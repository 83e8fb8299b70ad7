import { createReadStream, createWriteStream } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SourceUnreadable } from '../contracts';
import { reason } from './database';
import { longestLine, Mender } from './mender';
import type { Rejects } from './rejects';

/** A text that can be handed to the parser, and the file that it came from. */
export interface Text {
  path: string;
  file: string;
  /** The first line, without a byte order mark. Null where the file is empty. */
  header: string | null;
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
 * @param delimiterOf says how a CSV's fields are divided, seen its header; null for other texts.
 */
export async function readyText(
  file: string,
  folder: string,
  number: number,
  delimiterOf: ((header: string) => string) | null,
  rejects: Rejects,
): Promise<Text> {
  const path = await unpacked(file, folder, number);
  const { header, mend } = await survey(path, file, delimiterOf !== null);
  if (!mend) return { path, file, header };
  const mended = join(folder, `${number}.mended`);
  const mender = new Mender(delimiterOf && header !== null ? delimiterOf(header) : null, (why, line, text) => {
    rejects.add(why, 1);
    rejects.show({ reason: why, file, line, text });
  });
  await pipeline(createReadStream(path, { highWaterMark: longestLine }), mender, createWriteStream(mended));
  return { path: mended, file, header };
}

/** Reads through a file: its first line, and whether anything in it can mislead a parser. */
async function survey(path: string, file: string, quotes: boolean): Promise<{ header: string | null; mend: boolean }> {
  let header: string | null = null;
  let mend = false;
  let open = 0; // bytes since the last newline
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: longestLine }) as AsyncIterable<Buffer>) {
      header ??= firstLine(chunk, file);
      const first = chunk.indexOf('\n');
      mend ||= chunk.includes('\r') || (quotes && chunk.includes('"')) || open + (first === -1 ? chunk.length : first) > longestLine;
      open = first === -1 ? open + chunk.length : chunk.length - 1 - chunk.lastIndexOf('\n');
    }
  } catch (error) {
    if (error instanceof SourceUnreadable) throw error;
    throw new SourceUnreadable(`${file} cannot be read: ${reason(error)}.`);
  }
  return { header, mend };
}

function firstLine(chunk: Buffer, file: string): string {
  const end = chunk.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = chunk.subarray(0, end === -1 ? chunk.length : end);
  if (!isUtf8(line) || line.includes(0)) {
    throw new SourceUnreadable(`${file} is not text in UTF-8. Name its true format in source.format (csv, jsonl or parquet), or save it as UTF-8.`);
  }
  return line.toString('utf8').replace(/^\ufeff/, '');
}
