import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { SourceUnreadable } from '../contracts';
import { digestOf, mapSome } from './documents';
import { parseS3Uri, s3Client, s3Failure, statusOf } from './s3';

const attempts = 3;

/**
 * Downloads all objects whose keys begin with the prefix into a folder, which is made where it is missing. Streams, so
 * that objects may be larger than memory.
 * @returns the local paths, in the order of the keys; the names keep the keys' extensions and never leave the folder
 * @throws SourceUnreadable where nothing begins with the prefix; InvalidInput and StoreUnavailable as a store does
 * @example await fetchPrefix('s3://rows/electricity/2026-', '/tmp/pull') // ['/tmp/pull/2026-01.csv', '/tmp/pull/2026-02.csv']
 */
export async function fetchPrefix(uri: string, folder: string): Promise<string[]> {
  const { bucket, prefix } = parseS3Uri(uri);
  const client = s3Client();
  try {
    const found = await listKeys(client, bucket, prefix);
    if (found.length === 0) throw new SourceUnreadable(`source ${uri}: no object's key begins so; check the prefix`);
    await mkdir(folder, { recursive: true });
    const above = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    return await mapSome(found, async (key) => {
      const path = join(folder, localName(key.slice(above.length)));
      await download(client, bucket, key, path);
      return path;
    }, 4);
  } finally {
    client.destroy();
  }
}

/** Keys that end with a slash are the folders that consoles draw; they hold nothing. */
async function listKeys(client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  try {
    const keys: string[] = [];
    const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
    for await (const page of pages) for (const { Key: key } of page.Contents ?? []) if (!key!.endsWith('/')) keys.push(key!);
    return keys.sort();
  } catch (error) {
    throw s3Failure('ListObjectsV2', { bucket, key: prefix }, error);
  }
}

async function download(client: S3Client, bucket: string, key: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      await pipeline(body as Readable, createWriteStream(path));
      return;
    } catch (error) {
      if (statusOf(error) !== undefined || attempt === attempts) throw s3Failure('GetObject', { bucket, key }, error);
    }
  }
}

/** Keys are anybody's text: what is not plain is percent-encoded, so that `../` and wildcards lose their meaning. */
function localName(key: string): string {
  const plain = [...Buffer.from(key)].map((byte) => (/[A-Za-z0-9._=-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)).join('');
  const name = plain.startsWith('.') ? `%2e${plain.slice(1)}` : plain;
  return name.length <= 200 ? name : `${digestOf(Buffer.from(key))}${extname(name).slice(0, 20)}`;
}
