import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { startDevServer, type DevServer } from '../dev-server';

/** Everything that the demo runs on, all of it real: Temporal with its UI, a worker and a training worker. */
export interface Stage {
  server: DevServer;
  client: Client;
  store: string;
  /** What a terminal needs in its environment to talk to this stage. */
  environment: Record<string, string>;
  /** Runs the public command and gives what it printed. */
  command(...argv: string[]): Promise<string>;
  /** Starts a command that goes on, such as a server, and waits for the line that says so. */
  start(ready: RegExp, ...argv: string[]): Promise<void>;
  stop(): Promise<void>;
}

const program = join(__dirname, '..', 'main.js');

/** Sets the stage in a folder of its own; what an earlier demo left there is removed. */
export async function setStage(folder: string): Promise<Stage> {
  refuseSecond(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pid'), String(process.pid));
  const store = pathToFileURL(join(folder, 'store')).href;
  const [port, uiPort] = await portsNear(7233, 8233);
  const server = await startDevServer({ port, uiPort, db: join(folder, 'temporal.db') });
  const environment = { CONTINUAL_STORE: store, TEMPORAL_ADDRESS: server.address };
  const children: ChildProcess[] = [];
  const spawnCommand = (argv: string[], quiet: boolean) =>
    fork(program, argv, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit', 'ipc'] });

  const stage: Stage = {
    server,
    client: new Client({ connection: await Connection.connect({ address: server.address }) }),
    store,
    environment,
    async command(...argv) {
      const child = spawnCommand(argv, false);
      const output = collect(child);
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`continual ${argv.join(' ')} ended with ${code}: ${output.text}`);
      return output.text.trim();
    },
    async start(ready, ...argv) {
      const child = spawnCommand(argv, true);
      children.push(child);
      const output = collect(child);
      for (let waited = 0; !ready.test(output.text); waited += 50) {
        if (child.exitCode !== null || waited > 60_000) throw new Error(`continual ${argv.join(' ')} did not start: ${output.text}`);
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    async stop() {
      await stage.client.connection.close();
      await Promise.all(children.map(end));
      await server.stop();
      rmSync(join(folder, 'pid'), { force: true });
    },
  };
  try {
    await Promise.all([
      stage.start(/polls|running|started|ready/i, 'worker', '--plugin', 'lifecycle'),
      stage.start(/polls|running|started|ready/i, 'worker', '--plugin', 'training', '--task-queue', 'training'),
    ]);
  } catch (error) {
    await stage.stop();
    throw error;
  }
  return stage;
}

/** Two demos would wipe out each other's store. */
function refuseSecond(folder: string): void {
  const file = join(folder, 'pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (pid > 0 && isAlive(pid)) throw new Error(`a demo is running already (process ${pid}); end it first`);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function collect(child: ChildProcess): { text: string } {
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output.text = (output.text + chunk.toString()).slice(-20_000)));
  return output;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(killer);
}

/** Temporal's usual ports where they are free, else any. */
export async function portsNear(...wanted: number[]): Promise<[number, number]> {
  return Promise.all(wanted.map((port) => probe(port).catch(() => probe(0)))) as Promise<[number, number]>;
}

async function probe(port: number): Promise<number> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}
