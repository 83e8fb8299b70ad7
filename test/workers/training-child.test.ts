import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TrainingChild } from '../../workers/training-child';

const folder = mkdtempSync(join(tmpdir(), 'continual-child-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
jest.setTimeout(60_000);

test('a process that is stuck is ended after an hour without a word, and its step is lost, not the worker', async () => {
  const child = await TrainingChild.start(pathToFileURL(folder).href, [], {}, new AbortController().signal);
  const { pid } = (child as unknown as { child: { pid: number } }).child;
  process.kill(pid, 'SIGSTOP');
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance', 'Date'] });
  try {
    const lost = child.run('compare', {}, { onProgress: () => undefined, onCancel: () => 'keep', signal: new AbortController().signal });
    jest.advanceTimersByTime(59 * 60_000);
    expect(child.alive).toBe(true);
    jest.advanceTimersByTime(60_000);
    await expect(lost).rejects.toThrow('the training process ended during compare (it said nothing for an hour, and was ended)');
  } finally {
    jest.useRealTimers();
  }
  expect(child.alive).toBe(false);
});
