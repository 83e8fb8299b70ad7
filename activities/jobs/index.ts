import type { TrainingJobs } from '../types';
import { compare } from './compare';
import type { JobContext } from './context';
import { trainControl } from './control';
import { evaluate } from './evaluate';
import { planSurgery } from './plan-surgery';
import { train } from './train';

const jobs = { compare, planSurgery, train, evaluate, trainControl };

/** Runs a job by name; called in the training process. */
export function runJob(job: keyof TrainingJobs, input: unknown, context: JobContext): Promise<unknown> {
  return jobs[job](input as never, context);
}

export type { JobContext } from './context';
export { loadSnapshot, loadVersion } from './load';
export { carriedOut, rehearse } from './operate';
export { beginsAnew, propose, transferOf } from './propose';
