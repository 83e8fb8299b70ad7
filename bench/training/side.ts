import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One side of the benchmark: a process that answers a line of JSON with a line of JSON, and rests in between. */
export class Side {
  private readonly process: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private ended = '';

  constructor(file: string, args: string[], env: Record<string, string> = {}) {
    // Each side has TensorFlow's own defaults but for what it sets itself.
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(TF_|MALLOC_|OMP_)/.test(key)));
    this.process = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...inherited, TF_CPP_MIN_LOG_LEVEL: '3', ...env } });
    this.process.stderr!.on('data', (chunk: Buffer) => (this.ended = (this.ended + chunk.toString()).slice(-2000)));
    this.lines = createInterface(this.process.stdout!)[Symbol.asyncIterator]();
  }

  /** The answer to the request, or the greeting where there is none. */
  async ask<T>(request?: object): Promise<T> {
    if (request) this.process.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.process.spawnargs.join(' ')} has ended:\n${this.ended}`);
    return JSON.parse(value as string) as T;
  }

  close(): void {
    this.process.stdin!.end();
  }
}
