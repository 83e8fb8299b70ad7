import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { explainFailure } from '../../workflows/steps';

const unknown = (step: string) => {
  const cause = ApplicationFailure.create({ type: 'NotFoundError', message: `Activity function ${step} is not registered on this Worker, available activities: ["greet"]` });
  return explainFailure(new ActivityFailure(step, step, '1', 'MAXIMUM_ATTEMPTS_REACHED' as never, 'worker', cause), null, 'continual');
};

test('a training that the worker of its queue does not know says which worker to start, or what to name; another step is left as it is', () => {
  expect(unknown('pull')).toMatchObject({ type: 'NotFoundError', message: 'pull: Activity function pull is not registered on this Worker, available activities: ["greet"]' });
  expect(unknown('train')).toMatchObject({
    type: 'NoTrainingWorker',
    message: 'train: the worker that polls the task queue "continual" does not train. Name the queue of one that does in training.queue, or start one there: continual worker --plugin training --task-queue continual',
  });
});
