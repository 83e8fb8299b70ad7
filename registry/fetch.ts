import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { SourceUnreadable } from '../contracts';
import { digestOf, mapSome } from './documents';
import { listKeys, parseS3Uri, s3Client, s3Failure, sdk, statusOf, type S3Place } from './s3';

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
    const found = await objectsIn(client, { bucket, prefix });
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
async function objectsIn(client: S3Client, place: S3Place): Promise<string[]> {
  try {
    return (await listKeys(client, place)).filter((key) => !key.endsWith('/'));
  } catch (error) {
    throw s3Failure('ListObjectsV2', { bucket: place.bucket, key: place.prefix }, error);
  }
}

async function download(client: S3Client, bucket: string, key: string, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { Body: body, ContentLength: announced } = await client.send(new (sdk().GetObjectCommand)({ Bucket: bucket, Key: key }));
      await pipeline(body as Readable, createWriteStream(path));
      const { size } = await stat(path);
      if (announced === undefined || announced === size) return;
      throw new Error(`${announced} bytes were announced and ${size} came`);
    } catch (error) {
      if (statusOf(error) !== undefined || attempt === attempts) throw s3Failure('GetObject', { bucket, key }, error);
    }
  }
}

/** Keys are anybody's text: what is not plain is percent-encoded, so that `../` and wildcards lose their meaning. */
function localName(key: string): string {
  const plain = key.replace(/[^A-Za-z0-9._=-]/gu, (sign) => [...Buffer.from(sign)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
  const name = plain.startsWith('.') ? `%2e${plain.slice(1)}` : plain;
  return name.length <= 200 ? name : `${digestOf(Buffer.from(key))}${/\.[A-Za-z0-9]{1,10}(\.gz)?$/.exec(name)?.[0] ?? ''}`;
}
