import { ApplicationFailure } from '@temporalio/workflow';
import { check } from '../contracts/check';
import { ContinualError } from '../contracts/errors';
import type { z } from 'zod';

/**
 * Checks the input of a workflow. What is wrong ends the run at once with a message that names the field and shows a
 * valid example; any other error would fail the workflow task for ever while the UI shows the run as running.
 */
export function accept<S extends z.ZodType>(schema: S, input: unknown, workflow: string, example: unknown): z.output<S> {
  try {
    return check(schema, input, workflow, example);
  } catch (error) {
    if (error instanceof ContinualError) throw ApplicationFailure.nonRetryable(error.message, error.type);
    throw error;
  }
}
