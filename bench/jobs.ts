import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/**
 * Runs a program once for each job, some processes at a time, and gives what each sent back, in the jobs' order.
 *
 * @param program a compiled file that calls `answer`
 * @param environment what TensorFlow must find when a process starts
 * @param onResult called as each is done
 * @param processes at a time (default one a core)
 */
export async function runJobs<Job extends object, Result>(program: string, jobs: Job[], environment: Record<string, string>, onResult: (job: Job, result: Result) => void = () => {}, processes = availableParallelism()): Promise<Result[]> {
  const results = new Array<Result>(jobs.length);
  const waiting = jobs.entries();
  const work = async (): Promise<void> => {
    for (const [i, job] of waiting) {
      results[i] = await runJob<Result>(program, job, environment);
      onResult(job, results[i]!);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return results;
}

async function runJob<Result>(program: string, job: object, environment: Record<string, string>): Promise<Result> {
  const child = fork(program, [JSON.stringify(job)], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ...environment } });
  const results: Result[] = [];
  child.on('message', (result) => results.push(result as Result));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 || results.length === 0) throw new Error(`${program} ${JSON.stringify(job)} ended with ${code}`);
  return results[0]!;
}

/** In the program: does the job it was started with and sends the result back. */
export function answer<Job>(work: (job: Job) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit(1));
  work(JSON.parse(process.argv[2]!) as Job).then(
    (result) => process.send!(result, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
