import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Store } from '../../contracts';
import { openStore } from '../../registry';
import { startS3, type S3Service } from '../setup/seaweed';

export const bucket = 'continual';

/** Starts a real S3 service with a bucket, and points the AWS SDK's environment at it. */
export async function s3InEnvironment(): Promise<S3Service> {
  const service = await startS3();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: service.endpoint,
    AWS_REGION: service.region,
    AWS_ACCESS_KEY_ID: service.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: service.credentials.secretAccessKey,
  });
  const client = new S3Client({ forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return service;
}

/** Runs the same tests over a folder and over a bucket; `fresh()` gives an empty store. */
export function onEachStore(tests: (fresh: () => Store) => void): void {
  describe('on files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'continual-store-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    tests(() => openStore(pathToFileURL(join(folder, randomUUID())).href));
  });
  describe('on S3', () => {
    let service: S3Service;
    beforeAll(async () => {
      service = await s3InEnvironment();
    });
    afterAll(() => service.stop());
    tests(() => openStore(`s3://${bucket}/${randomUUID()}`));
  });
}

export const text = (value: string): Uint8Array => Buffer.from(value);
export const asText = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('utf8'));
