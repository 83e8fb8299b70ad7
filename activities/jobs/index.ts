import type { TrainingJobs } from '../types';
import { compare } from './compare';
import type { JobContext } from './context';
import { evaluate } from './evaluate';
import { train } from './train';

const jobs = { compare, train, evaluate };

/** Runs a job by name; called in the training process. */
export function runJob(job: keyof TrainingJobs, input: unknown, context: JobContext): Promise<unknown> {
  return jobs[job](input as never, context);
}

export type { JobContext } from './context';
