import type { ApplicationFailure } from '@temporalio/common';
import { asFailure } from '../../activities/failures';
import { InvalidInput, StoreDenied, StoreUnavailable } from '../../contracts';

const retried = (error: Error, name: string): boolean => !(asFailure(error, name) as ApplicationFailure).nonRetryable;

test('a permission that is missing ends a run at its beginning, but not one that has trained: somebody may mend it within the day', () => {
  for (const name of ['resolve', 'pull', 'reserve', 'train', 'clearCheckpoints', 'report']) expect([name, retried(new StoreDenied('S3 PutObject failed'), name)]).toEqual([name, false]);
  for (const name of ['evaluate', 'promote', 'refuse']) expect([name, retried(new StoreDenied('S3 PutObject failed'), name)]).toEqual([name, true]);
  expect(retried(new InvalidInput('reason is missing'), 'promote')).toBe(false);
  expect(retried(new StoreUnavailable('S3 is away'), 'resolve')).toBe(true);
});
