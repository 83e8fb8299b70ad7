import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { Pipeline } from '../contracts';
import { milliseconds } from '../contracts/duration';
import type { LifecycleActivities, TrainingActivities } from '../activities/types';

/** Every step heartbeats every two seconds, so this is what a worker that was killed costs. */
const heartbeatTimeout = '10s';
const retry = { initialInterval: '500ms', maximumInterval: '1m', backoffCoefficient: 2 } as const;

/** Steps that look up, write down and move an alias: seconds of work, repeated until the store answers. */
export const light = proxyActivities<LifecycleActivities>({
  startToCloseTimeout: '15m',
  heartbeatTimeout,
  scheduleToCloseTimeout: '1d',
  retry,
});

/** Reading a source may take long, and wait for its turn; its heartbeats tell a slow one from a dead one. */
export const reading = proxyActivities<Pick<LifecycleActivities, 'pull'>>({
  startToCloseTimeout: '6h',
  heartbeatTimeout,
  scheduleToCloseTimeout: '1d',
  retry,
});

/** How long a training that has begun waits for a machine, and one that a machine has taken for its turn. */
const away = milliseconds('1d');

/**
 * Steps of the machines that train, on the queue that the pipeline names. What waits in a worker for its turn has begun for
 * Temporal: the worker itself counts the limit, from the turn on.
 *
 * @param begun whether a machine was there and may come again; else a queue that nobody polls is told soon
 */
export function training({ training: { queue, wait, limit } }: Pipeline, begun = false) {
  return proxyActivities<TrainingActivities>({
    ...(queue === undefined ? {} : { taskQueue: queue }),
    scheduleToStartTimeout: begun ? Math.max(away, milliseconds(wait)) : milliseconds(wait),
    startToCloseTimeout: away + milliseconds(limit),
    heartbeatTimeout,
    // A run that closes at once could not tell its training that it was cancelled: the checkpoints would stay.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...retry, maximumAttempts: 20 },
  });
}

const heavy = new Set<string>(['compare', 'planSurgery', 'train', 'evaluate', 'trainControl'] satisfies (keyof TrainingActivities)[]);

/** Turns the failure of a step into one that says what went wrong where people look first: at the run itself. */
export function explainFailure(error: unknown, pipeline: Pipeline | null, ownQueue: string): unknown {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return error;
  const { cause, activityType } = error;
  // What the SDK says where a worker polls the queue that does not know the step.
  if (heavy.has(activityType) && cause instanceof ApplicationFailure && cause.type === 'NotFoundError' && cause.message.includes('is not registered on this Worker')) {
    const queue = pipeline?.training.queue ?? ownQueue;
    return ApplicationFailure.nonRetryable(
      `${activityType}: the worker that polls the task queue "${queue}" does not train. Name the queue of one that does in training.queue, or start one there: continual worker --plugin training --task-queue ${queue}`,
      'NoTrainingWorker',
    );
  }
  if (cause instanceof ApplicationFailure)
    return ApplicationFailure.create({ message: `${activityType}: ${cause.message}`, type: cause.type ?? 'StepFailed', nonRetryable: true });
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START') {
    const queue = pipeline?.training.queue ?? ownQueue;
    return ApplicationFailure.nonRetryable(
      `${activityType}: no worker took it from the task queue "${queue}" within ${activityType === 'evaluate' && pipeline && milliseconds(pipeline.training.wait) < away ? 'a day' : pipeline?.training.wait}. ` +
        `Start one with: continual worker --plugin training --task-queue ${queue}`,
      'NoTrainingWorker',
    );
  }
  return ApplicationFailure.create({ message: `${activityType}: ${cause?.message ?? error.message}`, type: 'StepFailed', nonRetryable: true });
}
