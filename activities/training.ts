import { Context } from '@temporalio/activity';
import { step } from './failures';
import { heartbeats } from './heartbeats';
import type { TrainingActivities, TrainingDependencies, TrainingJobs } from './types';

/** The steps that need TensorFlow, for machines that train. The work is done in a process of its own. */
export function trainingActivities({ trainer }: TrainingDependencies): TrainingActivities {
  const job = <Job extends keyof TrainingJobs>(name: Job) =>
    step(name, async (input: Parameters<TrainingJobs[Job]>[0]) => {
      const context = Context.current();
      const beat = heartbeats({ waiting: 'for the training process' });
      try {
        return await trainer.run(name, input, {
          onProgress: beat.say,
          signal: context.cancellationSignal,
          // A paused activity or a worker that shuts down goes on later; a cancelled run does not. Asked outside the activity.
          onCancel: () => (context.cancellationDetails?.cancelRequested ? 'discard' : 'keep'),
        });
      } finally {
        beat.stop();
      }
    }) as unknown as TrainingJobs[Job];
  return {
    compare: job('compare'),
    planSurgery: job('planSurgery'),
    train: job('train'),
    evaluate: job('evaluate'),
    trainControl: job('trainControl'),
  };
}
