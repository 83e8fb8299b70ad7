import { createHash, getFips } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { Store } from '../contracts';
import { checkKey, checkPrefix } from './keys';
import { isMissing, listKeys, s3Failure, sdk, statusOf, type S3Place } from './s3';

/** How often a broken download or a conflicting write is tried again, beside the SDK's own retries. */
const attempts = 3;

/**
 * A store in a bucket. Exclusive creation is `If-None-Match: *`, which AWS and all current compatible services honour;
 * `probeStore` shows whether one does.
 */
export class S3Store implements Store {
  readonly uri: string;
  private readonly prefix: string;

  constructor(private readonly client: S3Client, private readonly place: S3Place) {
    const folder = place.prefix.replace(/\/+$/, '');
    this.prefix = folder === '' ? '' : `${checkKey(folder)}/`;
    this.uri = `s3://${place.bucket}/${folder}`;
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.attempt('GetObject', key, async () => {
      for (let attempt = 1; ; attempt++) {
        const answer = await this.ask(key);
        if (answer === null) return null;
        try {
          return await wholeBody(answer);
        } catch (error) {
          // The SDK tries requests again, but not a body that broke off.
          if (attempt === attempts) throw error;
        }
      }
    });
  }

  create(key: string, bytes: Uint8Array): Promise<boolean> {
    return this.attempt('PutObject', key, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.client.send(new (sdk().PutObjectCommand)({ ...this.object(key), ...body(bytes), IfNoneMatch: '*' }));
          return true;
        } catch (error) {
          if (statusOf(error) === 412) return false;
          // 409: another write is under way, and may yet fail.
          if (statusOf(error) !== 409 || attempt === attempts) throw error;
          await sleep(50 * 2 ** attempt);
        }
      }
    });
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.attempt('PutObject', key, async () => {
      await this.client.send(new (sdk().PutObjectCommand)({ ...this.object(key), ...body(bytes) }));
    });
  }

  list(prefix: string): Promise<string[]> {
    return this.attempt('ListObjectsV2', prefix, async () => {
      const keys = await listKeys(this.client, { bucket: this.place.bucket, prefix: this.prefix + checkPrefix(prefix) });
      return keys.map((key) => key.slice(this.prefix.length));
    });
  }

  remove(key: string): Promise<void> {
    return this.attempt('DeleteObject', key, async () => {
      await this.client.send(new (sdk().DeleteObjectCommand)(this.object(key)));
    });
  }

  private async ask(key: string): Promise<GetObjectCommandOutput | null> {
    try {
      return await this.client.send(new (sdk().GetObjectCommand)(this.object(key)));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.prefix + checkKey(key) };
  }

  private async attempt<T>(action: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw s3Failure(action, { bucket: this.place.bucket, key: this.prefix + key }, error);
    }
  }
}

/** A bucket with object lock takes no write without its checksum, and all services know this one, which FIPS forbids. */
const body = (bytes: Uint8Array) => ({ Body: bytes, ...(getFips() ? {} : { ContentMD5: createHash('md5').update(bytes).digest('base64') }) });

async function wholeBody({ Body: body, ContentLength: announced }: GetObjectCommandOutput): Promise<Uint8Array> {
  const bytes = await body!.transformToByteArray();
  if (announced === undefined || announced === bytes.length) return bytes;
  throw new Error(`${announced} bytes were announced and ${bytes.length} came`);
}
