import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from './child';
import { onFreePorts } from './ports';
import { toolPath } from './tools';

export interface S3Service extends Child {
  /** For the AWS SDK, with `forcePathStyle: true`. */
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  port: number;
  /** Where the data lies; `stop()` removes it unless it was given. */
  folder: string;
}

/**
 * Starts a real S3 service (SeaweedFS) on 127.0.0.1 (about 1 s). Buckets are the caller's to make.
 * @param options.folder keep the data here; give it again, with `port`, to restart a killed service on its data
 * @example const s3 = await startS3(); new S3Client({ endpoint: s3.endpoint, region: s3.region, credentials: s3.credentials, forcePathStyle: true }); … await s3.stop();
 */
export const startS3 = (options: { folder?: string; port?: number } = {}): Promise<S3Service> => onFreePorts(1 + internalPorts.length, (ports) => startOn(ports, options));

async function startOn([free, ...others]: number[], options: { folder?: string; port?: number }): Promise<S3Service> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'continual-s3-'));
  const credentials = { accessKeyId: 'continual-test', secretAccessKey: 'continual-test-secret' };
  writeFileSync(join(folder, 's3.json'), JSON.stringify({
    identities: [{
      name: 'test',
      credentials: [{ accessKey: credentials.accessKeyId, secretKey: credentials.secretAccessKey }],
      actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
    }],
  }));
  const port = options.port ?? free!;
  const endpoint = `http://127.0.0.1:${port}`;
  const child = await startChild(
    toolPath('weed'),
    [
      '-logtostderr=true', 'mini', `-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', `-s3.port=${port}`,
      `-s3.config=${join(folder, 's3.json')}`, ...internalPorts.map((name, at) => `-${name}=${others[at]}`),
      '-webdav=false', '-admin.ui=false', '-s3.port.iceberg=0', '-s3.port.lance=0', '-master.telemetry=false',
    ],
    async () => {
      const answer = await fetch(endpoint);
      if (answer.status >= 500) throw new Error(`HTTP status ${answer.status}`);
    },
  );
  const stop = async () => {
    await child.stop();
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  return { ...child, stop, endpoint, region: 'us-east-1', credentials, port, folder };
}

const internalPorts = [
  'master.port', 'master.port.grpc', 'volume.port', 'volume.port.grpc', 'filer.port', 'filer.port.grpc',
  's3.port.grpc', 'admin.port', 'admin.port.grpc',
];
