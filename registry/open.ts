import { fileURLToPath, pathToFileURL } from 'node:url';
import { InvalidInput, type Store } from '../contracts';
import { parseS3Uri, s3Client } from './s3';
import { FileStore } from './store-files';
import { S3Store } from './store-s3';

/**
 * The store at a URI: `file:///absolute/folder` (made when it is first written to) or `s3://bucket/prefix`. Endpoint,
 * region and credentials of S3 come by the AWS SDK's usual chain (`AWS_ENDPOINT_URL_S3`, `AWS_REGION`, `AWS_PROFILE`, …);
 * where an endpoint is given, the bucket stands in the path. Connects to nothing yet. Throws `InvalidInput`.
 *
 * @example openStore('s3://models/continual')
 */
export function openStore(uri: string): Store {
  if (!uri) throw new InvalidInput('store is missing: file:///absolute/folder or s3://bucket/prefix was expected');
  if (uri.startsWith('s3://')) return new S3Store(s3Client(), parseS3Uri(uri));
  if (uri.startsWith('file://')) return new FileStore(folderOf(uri));
  const meant = /^[a-z][a-z0-9+.-]+:/i.test(uri) ? '' : `; for a folder: ${pathToFileURL(uri).href}`;
  throw new InvalidInput(`store: file:///absolute/folder or s3://bucket/prefix was expected${meant}`);
}

function folderOf(uri: string): string {
  try {
    const url = new URL(uri);
    if (url.host !== '' || url.search !== '' || url.hash !== '') throw new Error('more than a path');
    return fileURLToPath(url).replace(/(.)[/\\]+$/, '$1');
  } catch (cause) {
    throw new InvalidInput(`store ${uri}: file:/// and an absolute path was expected, such as file:///var/lib/continual`, { cause });
  }
}
