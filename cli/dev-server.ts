import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { InvalidInput, searchAttributeNames } from '../contracts';
import { CommandFailed } from './exit';
import { findTool, temporalCliCure } from './tools';

export interface DevServerOptions {
  /** For clients and workers; 7233 where left out. */
  port?: number;
  /** For the UI; the port plus 1000 where left out. */
  uiPort?: number;
  /** Database file, kept between starts; in memory where left out. */
  db?: string;
  env?: NodeJS.ProcessEnv;
}
export interface DevServer {
  /** host:port for clients and workers. */
  address: string;
  uiUrl: string;
  child: ChildProcess;
  /** Ends it in good order, after 10 s by force. */
  stop(): Promise<void>;
}

/**
 * Starts Temporal's dev server with its UI and our search attributes on 127.0.0.1, and waits until it is ready (about 1 s).
 * It ends with this process at the latest, unless that is killed (SIGKILL, SIGHUP).
 * @throws InvalidInput where a port is taken, 0 or none; CommandFailed where Temporal's CLI is missing or the server does not come up
 * @example const server = await startDevServer({ db: '.continual/temporal.db' }); … await server.stop();
 */
export async function startDevServer({ port = 7233, uiPort = port + 1000, db, env = process.env }: DevServerOptions = {}): Promise<DevServer> {
  const tool = findTool('temporal', env);
  if (tool === null) throw new CommandFailed(`Temporal's CLI is missing; ${temporalCliCure}`);
  if (uiPort > 65_535) throw new InvalidInput(`the UI's port would be ${uiPort}, 1000 more than Temporal's, which is no port; name one with --ui-port`);
  for (const [name, value] of [['--port', port], ['--ui-port', uiPort]] as const) {
    if (value === 0) throw new InvalidInput(`${name} is 0, but clients must know the port; name one from 1024 on`);
  }
  await demandFree(port, '--port');
  await demandFree(uiPort, '--ui-port');
  if (db !== undefined) mkdirSync(dirname(db), { recursive: true });
  const child = spawn(
    tool.path,
    [
      'server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`, '--ui-disable-news-fetch', '--log-level', 'error',
      ...(db === undefined ? [] : ['--db-filename', db]),
      ...searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ],
    // A group of its own: Ctrl-C reaches us alone, and the worker may finish before its server ends.
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  const stop = stopper(child);
  const [address, uiUrl] = [`127.0.0.1:${port}`, `http://127.0.0.1:${uiPort}`];
  const early = () => process.exit(1);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, early);
  try {
    await untilReady(child, address, uiUrl);
  } catch (cause) {
    await stop();
    throw new CommandFailed(`Temporal's dev server did not come up:\n${output.trim()}`, 1, { cause });
  } finally {
    // From now on the workers hear them.
    for (const signal of signals) process.removeListener(signal, early);
  }
  return { address, uiUrl, child, stop };
}

async function demandFree(port: number, option: string): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw new InvalidInput(`port ${port} may not be taken by this user; name one from 1024 on with ${option}`);
    throw new InvalidInput(`port ${port} is taken; name another with ${option}, or, if a Temporal runs there already, start only a worker: continual worker`);
  } finally {
    probe.close();
  }
}

function stopper(child: ChildProcess): () => Promise<void> {
  const running = () => child.exitCode === null && child.signalCode === null;
  const atExit = () => child.kill('SIGKILL');
  process.once('exit', atExit);
  // A signal that nobody handles any more, such as a second Ctrl-C, ends this process without that event.
  const end = () => process.exit(1);
  const second = () => process.once('SIGINT', end);
  process.once('SIGINT', second);
  return async () => {
    process.removeListener('exit', atExit);
    process.removeListener('SIGINT', second);
    process.removeListener('SIGINT', end);
    if (!running() || child.pid === undefined) return;
    const ended = once(child, 'exit');
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(force);
  };
}

/** The frontend answers before the namespace exists, and the UI comes last. */
async function untilReady(child: ChildProcess, address: string, uiUrl: string): Promise<void> {
  let broken: Error | null = null;
  child.once('error', (error) => (broken = error));
  for (const deadline = Date.now() + 30_000; ; await new Promise((done) => setTimeout(done, 50))) {
    if (broken !== null) throw broken;
    if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
    try {
      const connection = await Connection.connect({ address, connectTimeout: '1s' });
      await connection.workflowService.describeNamespace({ namespace: 'default' }).finally(() => connection.close());
      await fetch(uiUrl);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
