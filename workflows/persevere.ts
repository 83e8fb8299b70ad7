import { ActivityFailure, ApplicationFailure, patched, TimeoutFailure } from '@temporalio/workflow';
import { milliseconds } from '../contracts/duration';
import { light } from './steps';

const losses = ['TrainingProcessLost', 'StoreUnavailable'];
/** The machine went in good order, or lacks what the training needs: another one may go on. */
const departures = ['WorkerShutdown', 'BackendUnavailable'];

/**
 * Takes a training again whose worker, process or store was lost, for as long as its checkpoints got on since the last time:
 * machines that come and go cost time, but not the training.
 *
 * @param take the training; told whether it has begun, and so may wait longer for a machine
 */
export async function persevere<T>(training: { pipeline: string; version: string }, take: (begun: boolean) => Promise<T>): Promise<T> {
  for (let before = 0; ; ) {
    try {
      return await take(before > 0);
    } catch (error) {
      if (!isLoss(error) || !patched('trainings-that-get-on-go-on')) throw error;
      const step = await light.checkpointed(training);
      if (step <= before) throw error;
      before = step;
    }
  }
}

/** How long a step that only reads is taken again. */
const patience = milliseconds('1d');

/** Takes a step again whose store was away, or refused, until all its attempts were spent: what was trained is still there. */
export async function outlastStore<T>(take: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + patience; ; ) {
    try {
      return await take();
    } catch (error) {
      const type = error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause.type : null;
      if ((type !== 'StoreUnavailable' && type !== 'StoreDenied') || Date.now() > until || !patched('evaluations-outlast-the-store')) throw error;
    }
  }
}

function isLoss(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return cause.timeoutType === 'HEARTBEAT' || cause.timeoutType === 'SCHEDULE_TO_START';
  if (!(cause instanceof ApplicationFailure)) return false;
  return losses.includes(cause.type ?? '') || (departures.includes(cause.type ?? '') && patched('trainings-go-on-elsewhere'));
}
