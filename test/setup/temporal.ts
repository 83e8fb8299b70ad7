import { Connection } from '@temporalio/client';
import { startChild, type Child } from './child';
import { onFreePorts } from './ports';
import { toolPath } from './tools';

export interface TemporalServer extends Child {
  /** host:port for clients and workers. */
  address: string;
  /** The UI's URL, without a slash at the end. */
  uiAddress: string;
  port: number;
  uiPort: number;
}

export interface TemporalOptions {
  /** Search attributes to register, such as `{ ContinualPipeline: 'Keyword' }`. */
  searchAttributes?: Record<string, string>;
  /** Database file; in memory where it is left out. Give it with `port` and `uiPort` to restart a killed server. */
  dbFile?: string;
  port?: number;
  uiPort?: number;
}

/**
 * Starts Temporal's dev server with its UI on 127.0.0.1, ready for clients, in the namespace `default` (about 1 s).
 * @example const server = await startTemporal(); … await server.stop();
 */
export const startTemporal = (options: TemporalOptions = {}): Promise<TemporalServer> => onFreePorts(2, (ports) => startOn(ports, options));

async function startOn([free, freeUi]: number[], options: TemporalOptions): Promise<TemporalServer> {
  const [port, uiPort] = [options.port ?? free!, options.uiPort ?? freeUi!];
  const [address, uiAddress] = [`127.0.0.1:${port}`, `http://127.0.0.1:${uiPort}`];
  const child = await startChild(
    toolPath('temporal'),
    [
      'server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort),
      '--ui-disable-news-fetch', '--log-level', 'error',
      ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
      ...Object.entries(options.searchAttributes ?? {}).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    () => isReady(address, uiAddress),
  );
  return { ...child, address, uiAddress, port, uiPort };
}

/** The frontend answers before the namespace exists, and the UI comes last. */
async function isReady(address: string, uiAddress: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '1s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
  } finally {
    await connection.close();
  }
  await fetch(uiAddress);
}
