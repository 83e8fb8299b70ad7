/** What a command may touch of the process: given by tests, the process itself otherwise. */
export interface Io {
  /** Results: what a script reads. */
  out(text: string): void;
  /** Progress and errors: what a person reads. */
  err(text: string): void;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Letters in a line of the terminal that `out` is, on which lines can be written over; null where it is none. */
  readonly width: number | null;
}

/** The process's own streams, environment and folder. */
export function processIo(): Io {
  // `continual versions x | head` closes the pipe early; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    get width() {
      return process.stdout.isTTY ? process.stdout.columns || 80 : null;
    },
  };
}
