import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { explainFailure } from '../../workflows/steps';

test('a step that the worker of its queue does not know says which worker to start, or what to name', () => {
  const cause = ApplicationFailure.create({ type: 'NotFoundError', message: 'Activity function train is not registered on this Worker, available activities: ["pull"]' });
  expect(explainFailure(new ActivityFailure('train', 'train', '1', 'MAXIMUM_ATTEMPTS_REACHED' as never, 'worker', cause), null, 'continual')).toMatchObject({
    type: 'NoTrainingWorker',
    message: 'train: the worker that polls the task queue "continual" does not train. Name the queue of one that does in training.queue, or start one there: continual worker --plugin training --task-queue continual',
  });
});
