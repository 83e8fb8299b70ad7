import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { inUse } from './ports';

/** A server program of a test: started, watched until it is ready, ended with the test file at the latest. */
export interface Child {
  process: ChildProcess;
  /** The last output, for messages. */
  output(): string;
  /** Ends it in good order (SIGTERM, after 10 s SIGKILL) and waits for the end. */
  stop(): Promise<void>;
  /** Kills it at once, as a crash would, and waits for the end. */
  kill9(): Promise<void>;
}

/**
 * Starts `file` and waits until `ready()` no longer throws.
 * @throws Error with the program's output when it ends or is not ready within `timeout` ms (30,000)
 */
export async function startChild(file: string, args: string[], ready: () => Promise<unknown>, timeout = 30_000): Promise<Child> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-20_000)));
  }
  const ended = once(child, 'exit').catch((error: unknown) => (text += String(error)));
  // What it said last may come after its end.
  const said = once(child, 'close').catch(() => undefined);
  startedPrograms?.add(child);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (isRunning()) {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    }
    startedPrograms?.delete(child);
  };
  const handle: Child = { process: child, output: () => text, stop: () => end('SIGTERM'), kill9: () => end('SIGKILL') };

  for (const deadline = Date.now() + timeout; ; await new Promise((done) => setTimeout(done, 50))) {
    try {
      await ready();
      if (isRunning()) return handle;
    } catch (error) {
      if (isRunning() && !inUse.test(text) && Date.now() < deadline) continue;
      await handle.kill9();
      await said;
      throw new Error(`${file} ${args.join(' ')} is not ready:\n${text}`, { cause: error });
    }
    if (!isRunning()) throw new Error(`${file} ${args.join(' ')} has ended:\n${text}`);
  }
}

/** What the jest environment ends when a test file is over (test/setup/environment.cjs); missing outside jest. */
const { startedPrograms } = globalThis as { startedPrograms?: Set<ChildProcess> };
