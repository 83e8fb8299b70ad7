import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { log } from '@temporalio/activity';
import { ContinualError, ResultTooLarge, StoreDenied, UnknownPipeline } from '../contracts';

/** A result goes into the run's history, for ever; what is larger belongs into the store. */
const largestResult = 200_000;

/**
 * Wraps a step so that whatever it throws becomes one kind of failure: with the error's own stable type, retried only
 * where trying again can help. The one place where errors meet Temporal.
 */
export function step<Input, Output>(name: string, run: (input: Input) => Promise<Output>): (input: Input) => Promise<Output> {
  return async (input) => {
    try {
      const output = await run(input);
      const size = Buffer.byteLength(JSON.stringify(output) ?? '');
      if (size > largestResult) throw new ResultTooLarge(`${name}: its result of ${size} bytes is over ${largestResult}`);
      return output;
    } catch (error) {
      throw asFailure(error, name);
    }
  };
}

/** Any thrown thing as a Temporal failure. Unknown errors are retried: most of them pass. */
export function asFailure(error: unknown, name: string): Error {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new CancelledFailure(`${name} was cancelled`);
  if (error instanceof ContinualError)
    return ApplicationFailure.create({ message: `${error.message}${whoseStore(error)}`, type: error.type, nonRetryable: error.terminal && !mayBeMended(error, name) });
  log.error(`${name} failed`, { error });
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({ message, type: 'UnexpectedError', nonRetryable: false });
}

/** Steps before which a version was trained, and maybe approved: credentials that are mended within the day must find it. */
const afterTraining = new Set(['evaluate', 'checkpointed', 'promote', 'refuse']);
const mayBeMended = (error: ContinualError, name: string): boolean => error.type === StoreDenied.name && afterTraining.has(name);

/** Who started a run saw the pipeline in a store: where a worker does not, it has another one. */
const whoseStore = (error: ContinualError): string =>
  error instanceof UnknownPipeline ? '. This is the store of the worker that took this run; CONTINUAL_STORE must be the same for all workers of a task queue and for who applies' : '';
