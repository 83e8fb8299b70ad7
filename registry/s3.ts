import type * as S3 from '@aws-sdk/client-s3';
import { ContinualError, InvalidInput, StoreDenied, StoreUnavailable } from '../contracts';

/** The AWS SDK, loaded when first needed: it takes longer than all the rest, and a store in a folder never needs it. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
export const sdk = (): typeof S3 => require('@aws-sdk/client-s3') as typeof S3;

/** A bucket, and what all keys in question begin with. */
export interface S3Place {
  bucket: string;
  prefix: string;
}

/** Parses `s3://bucket/prefix`. Throws `InvalidInput`, which never repeats what could be a credential. */
export function parseS3Uri(uri: string): S3Place {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(uri);
  if (found) return { bucket: found[1]!, prefix: found[2] ?? '' };
  const shown = /^s3:\/\/[^@:?]*$/.test(uri) ? ` ${uri}` : '';
  throw new InvalidInput(`S3 address${shown}: s3://bucket/prefix was expected; a bucket's name has 3 to 63 lower-case letters, digits, dots and dashes, with a letter or digit at each end; credentials come from the AWS SDK's usual chain, never from the address`);
}

/** A client by the AWS SDK's usual chain; every wait has an end, and a request is tried four times. */
export function s3Client(): S3.S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  return new (sdk().S3Client)({
    // Services other than AWS seldom have a host name for each bucket, and not all know AWS's newer checksums.
    forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 20_000 },
  });
}

/** All keys that begin with the prefix, in lexical order, which not every service keeps. */
export async function listKeys(client: S3.S3Client, { bucket, prefix }: S3Place): Promise<string[]> {
  const keys: string[] = [];
  const pages = sdk().paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
  for await (const page of pages) for (const { Key: key } of page.Contents ?? []) keys.push(key!);
  return keys.sort();
}

interface S3Failure extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** Whether the service said that there is no such object. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

/** The HTTP status that a request failed with, if there was an answer at all. */
export const statusOf = (error: unknown): number | undefined => (error as S3Failure).$metadata?.httpStatusCode;

const denials: [names: RegExp, cure: string][] = [
  [/^(AccessDenied|AllAccessDisabled|Forbidden)$/, 'these credentials lack a permission; docs/store.md lists the ones needed'],
  [/^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken)$/, 'the service does not know these credentials; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE'],
];
const cures: typeof denials = [
  [/^(NoSuchBucket|InvalidBucketName)$/, 'create the bucket, or correct the address'],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/, 'the bucket is in another region; set AWS_REGION to it'],
  [/^EntityTooLarge$/, 'the object is larger than the service takes'],
];

/**
 * What an S3 failure means: `InvalidInput` where only a person can mend it (`StoreDenied`: a permission), else `StoreUnavailable`. The cause keeps
 * name, message and stack only, because the SDK's own errors carry parts of the signed request.
 */
export function s3Failure(action: string, { bucket, key }: { bucket: string; key: string }, error: unknown): ContinualError {
  if (error instanceof ContinualError) return error;
  const failure = error as S3Failure;
  const cause = new Error(failure.message);
  cause.name = failure.code ?? failure.name;
  cause.stack = failure.stack ?? '';
  const what = `S3 ${action} failed [bucket=${bucket}, key=${key}]: ${cause.name}`;
  const named = (list: typeof cures): string | undefined => list.find(([names]) => names.test(failure.name))?.[1];
  const denial = named(denials);
  if (denial !== undefined) return new StoreDenied(`${what}; ${denial}`, { cause });
  const cure = named(cures) ?? cureOf(failure);
  if (cure !== undefined) return new InvalidInput(`${what}; ${cure}`, { cause });
  const hint = failure.name === 'CredentialsProviderError' ? '; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE' : '';
  return new StoreUnavailable(`${what}: ${failure.message}${hint}`, { cause });
}

function cureOf(failure: S3Failure): string | undefined {
  if (failure.message === 'Region is missing') return 'set AWS_REGION (us-east-1 does for most services other than AWS)';
  if (statusOf(failure) === 501) return 'the service does not know conditional writes (If-None-Match), which the store is built on';
  return undefined;
}
