import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startWorld, world } from './world';

startWorld();
beforeAll(() => world.define('electricity'));

describe('an input that cannot be meant ends the run at once, and says which field and what would be valid', () => {
  const example = 'A valid example: {"pipeline":"electricity"';
  const inputs: [workflow: 'retrain' | 'rollback', about: string, args: unknown[], says: string][] = [
    ['retrain', 'no argument', [], 'pipeline is missing'],
    ['retrain', 'null', [null], 'pipeline is missing'],
    ['retrain', 'an empty object', [{}], 'pipeline is missing'],
    ['retrain', 'a number for the pipeline', [{ pipeline: 7 }], 'pipeline is 7'],
    ['retrain', 'a bare string', ['electricity'], 'input is "electricity"'],
    ['retrain', 'a list', [[{ pipeline: 'electricity' }]], 'input is [{"pipeline":"electricity"}]'],
    ['retrain', 'a name that is none', [{ pipeline: '../electricity' }], 'pipeline is "../electricity"'],
    ['retrain', 'an unknown field', [{ pipeline: 'electricity', untill: '2026-01-01T00:00:00Z' }], 'untill'],
    ['retrain', 'an until that is no time', [{ pipeline: 'electricity', until: 'yesterday' }], 'until is "yesterday"'],
    ['rollback', 'no argument', [], 'pipeline is missing'],
    ['rollback', 'null', [null], 'reason is missing'],
    ['rollback', 'no reason', [{ pipeline: 'electricity' }], 'reason is missing'],
    ['rollback', 'a version that is none', [{ pipeline: 'electricity', reason: 'x', to: 'previous' }], 'to is "previous"'],
    ['rollback', 'an unknown field', [{ pipeline: 'electricity', reason: 'x', version: '1.1.0' }], 'version'],
  ];
  test.each(inputs)('%s: %s', async (workflow, _, args, says) => {
    const handle = await world.begin(workflow, ...args);
    const failure = await world.failure(handle);
    expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(failure.message).toContain(`${workflow}: `);
    expect(failure.message).toContain(says);
    expect(failure.message).toContain(example);
    expect((await handle.describe()).status.name).toBe('FAILED');
    expect(await world.events(handle, 'workflowTaskFailed')).toBe(0);
    expect(await world.events(handle, 'activityTaskScheduled')).toBe(0);
  });

  test('a pipeline that nobody applied: the message lists those that are there', async () => {
    for (const [workflow, more] of [['retrain', {}], ['rollback', { reason: 'x' }]] as const) {
      const failure = await world.failure(await world.begin(workflow, { pipeline: 'electrcity', ...more }));
      expect(failure).toMatchObject({ type: 'UnknownPipeline', nonRetryable: true });
      expect(failure.message).toMatch(/electrcity.*electricity/s);
      expect(failure.message).toContain('This is the store of the worker that took this run; CONTINUAL_STORE must be the same');
    }
  });

  test('a rollback without a champion, without an earlier one, and to what never served', async () => {
    const about = async (input: object) => (await world.failure(await world.begin('rollback', { pipeline: 'alone', reason: 'x', ...input }))).message;
    await world.define('alone');
    expect(await about({})).toContain('no champion to roll back from; start a first run with: continual start alone');
    world.write('alone', 0, 300);
    await world.run('alone');
    expect(await about({})).toContain('no earlier champion than 1.1.0');
    expect(await about({ to: '1.1.0' })).toContain('which is the champion already');
    expect(await about({ to: '1.7.0' })).toContain('which was never champion of alone');
  });
});

describe('what cannot be read or learned from ends in one failure that says what and how to mend it', () => {
  const failureOf = async (pipeline: string) => {
    const handle = await world.begin('retrain', { pipeline });
    const failure = await world.failure(handle);
    expect(failure.nonRetryable).toBe(true);
    // Each step was tried once: what cannot help is not repeated.
    expect(await world.events(handle, 'activityTaskFailed')).toBe(1);
    return failure;
  };

  test('a source without files', async () => {
    await world.define('missing');
    const failure = await failureOf('missing');
    expect(failure.type).toBe('SourceUnreadable');
    expect(failure.message).toContain(join(world.folder, 'missing', '*.csv'));
  });

  test('a source without the label', async () => {
    await world.define('unlabelled', { label: { column: 'up' } });
    world.write('unlabelled', 0, 300);
    const failure = await failureOf('unlabelled');
    expect(failure.type).toBe('SchemaMismatch');
    expect(failure.message).toContain('label.column names the column "up", which is not in');
    expect(failure.message).toContain('time, a, b, c, label');
  });

  test('a label of one class only', async () => {
    await world.define('single');
    world.write('single', 0, 300, () => 'up');
    const failure = await failureOf('single');
    expect(failure.type).toBe('InvalidInput');
    expect(failure.message).toContain('train: label.column label has only the class up in these rows; at least two are needed');
  });

  test('a model of which one byte changed', async () => {
    await world.define('flipped');
    world.write('flipped', 0, 300);
    await world.run('flipped');
    const { manifest } = await world.registry.manifest('flipped', '1.1.0');
    flip(manifest.files['weights.bin']!.key);
    world.write('flipped', 300, 600);
    const failure = await failureOf('flipped');
    expect(failure.type).toBe('CorruptArtifact');
    expect(failure.message).toContain(manifest.files['weights.bin']!.key);
    expect(failure.message).toContain(manifest.files['weights.bin']!.sha256);
  });

  test('a snapshot of which one byte changed', async () => {
    await world.define('torn', { training: { queue: 'torn', wait: '1m' } });
    world.write('torn', 5000, 5300);
    const handle = await world.begin('retrain', { pipeline: 'torn' });
    await world.phase(handle, 'training');
    const { digest } = await world.registry.once<{ digest: string }>(`runs/torn/${(await handle.describe()).runId}/snapshot.json`, missing);
    flip(`snapshots/${digest}.parquet`);
    const worker = await world.work('torn', 'training');
    const failure = await world.failure(handle);
    await worker.stop();
    expect(failure).toMatchObject({ type: 'CorruptArtifact', nonRetryable: true });
    expect(failure.message).toContain(`snapshots/${digest}.parquet`);
  });

  const stored = (key: string) => join(fileURLToPath(world.storeUri), key);
  const missing = () => Promise.reject(new Error('the run has no snapshot'));

  /** Changes one bit of a stored object, as a failing disk would. */
  function flip(key: string): void {
    const bytes = readFileSync(stored(key));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(stored(key), bytes);
  }
});
