import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contrary, csv, timeOf, withColumn } from './rows';
import { startWorld, until, world, type Handle } from './world';

startWorld();

const states = async (pipeline: string) => (await world.registry.versions(pipeline)).map(({ version, state }) => `${version} ${state}`);

describe('a pipeline that keeps learning', () => {
  const name = 'life';
  beforeAll(() => world.define(name));

  test('a source without rows is skipped, and no schema is held that nothing was seen of', async () => {
    world.write(name, 0, 0);
    const result = await world.run(name);
    expect(result).toMatchObject({ outcome: 'skipped', because: 'the source has no rows yet', champion: null, candidate: null });
    expect(await world.registry.schema(name)).toBeNull();
  });

  test('the first run trains 1.1.0 from scratch and promotes it', async () => {
    world.write(name, 0, 600);
    const result = await world.run(name);
    expect(result).toMatchObject({ outcome: 'promoted', action: 'stateless', champion: '1.1.0', candidate: '1.1.0', newRows: 600, approvedBy: 'policy' });
    expect(result.because).toContain('no champion yet');
    const { manifest, digest } = await world.registry.manifest(name, '1.1.0');
    expect(manifest).toMatchObject({ parent: null, mode: 'stateless', cursor: timeOf(599), classes: ['down', 'up'] });
    expect(manifest.snapshots).toMatchObject([{ rows: 600, trained: { from: 0, to: 480 }, heldOut: { from: 480, to: 600 } }]);
    const move = await world.registry.champion(name);
    expect(move).toMatchObject({ revision: 1, kind: 'promotion', from: null, to: '1.1.0', digest });
    expect(move!.suites).toMatchObject([{ name: '1.1.0', rows: { from: 480, to: 600 } }]);
    expect(move!.suites[0]!.best).toBeGreaterThan(0.8);
  });

  test('the next run continues from the champion on the new rows alone', async () => {
    world.write(name, 600, 900);
    const result = await world.run(name);
    expect(result).toMatchObject({ outcome: 'promoted', action: 'stateful', champion: '1.1.1', newRows: 300, because: '300 new rows' });
    const { manifest } = await world.registry.manifest(name, '1.1.1');
    const parent = await world.registry.manifest(name, '1.1.0');
    expect(manifest).toMatchObject({ parent: '1.1.0', mode: 'stateful', cursor: timeOf(899) });
    expect(manifest.snapshots.map(({ digest }) => digest)).toEqual([parent.manifest.snapshots[0]!.digest, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(manifest.snapshots[1]).toMatchObject({ first: timeOf(600), last: timeOf(899) });
    const move = await world.registry.champion(name);
    expect(move).toMatchObject({ revision: 2, from: '1.1.0', to: '1.1.1' });
    expect(move!.suites.map((suite) => suite.name)).toEqual(['1.1.0', '1.1.1']);
  });

  test('without new rows nothing is trained, and the run says so', async () => {
    const before = await states(name);
    const result = await world.run(name);
    expect(result).toMatchObject({ outcome: 'skipped', action: 'skip', newRows: 0, candidate: null, champion: '1.1.1' });
    expect(result.because).toBe(`no new rows since ${timeOf(899)}`);
    expect(await states(name)).toEqual(before);
  });

  test('too few new rows wait for the next run', async () => {
    world.write(name, 900, 920);
    expect(await world.run(name)).toMatchObject({ outcome: 'skipped', newRows: 20, because: expect.stringContaining('20 new rows, fewer than the 50') });
    world.write(name, 920, 1000);
    expect(await world.run(name)).toMatchObject({ outcome: 'promoted', newRows: 100, candidate: '1.1.2' });
  });

  test('what was champion is kept, with its report, in the store', async () => {
    expect(await states(name)).toEqual(['1.1.0 past', '1.1.1 past', '1.1.2 champion']);
    const result = await world.run(name);
    expect(Buffer.from((await world.registry.store.get(result.report!))!).toString()).toContain('1.1.2');
  });
});

test('every so many updates a stateful pipeline trains from scratch, on all that its lineage was trained on', async () => {
  await world.define('every', { retrain: { stateless: 'every 2 updates' } });
  const made = [];
  for (const from of [0, 300, 600, 900]) {
    world.write('every', from, from + 300);
    made.push(await world.run('every'));
  }
  expect(made.map(({ candidate, action }) => `${candidate} ${action}`)).toEqual(['1.1.0 stateless', '1.1.1 stateful', '1.1.2 stateful', '1.2.0 stateless']);
  expect(made[3]!.because).toContain('from scratch again after 2 updates');
  const { manifest } = await world.registry.manifest('every', '1.2.0');
  expect(manifest).toMatchObject({ parent: '1.1.2', mode: 'stateless', training: { rows: 4 * 4 * 240 } });
  expect(manifest.snapshots).toHaveLength(4);
});

test('a strategy that wants the rows of the whole lineage gets them; its new model counts as a full retraining', async () => {
  await world.define('joint', { learning: { strategy: 'joint' } });
  for (const from of [0, 300]) {
    world.write('joint', from, from + 300);
    await world.run('joint');
  }
  const { manifest } = await world.registry.manifest('joint', '1.2.0');
  expect(manifest).toMatchObject({ mode: 'stateful', training: { strategy: 'joint', rows: 4 * 2 * 240, memory: { bytes: 0, rows: 0 } } });
});

test('a run whose page cannot be written ends as what it has done, with its decisions kept', async () => {
  await world.define('pageless', { approval: { when: 'always' } });
  world.write('pageless', 0, 300);
  const handle = await world.begin('retrain', { pipeline: 'pageless' });
  await world.phase(handle, 'awaiting-approval');
  const reports = join(world.folder, 'store', 'reports');
  mkdirSync(reports, { recursive: true });
  writeFileSync(join(reports, 'pageless'), 'a file where a folder is needed');
  await handle.signal('approve', { candidate: '1.1.0', by: 'ada' });
  expect(await handle.result()).toMatchObject({ outcome: 'promoted', report: null, approvedBy: 'ada' });
  expect(await world.registry.champion('pageless')).toMatchObject({ to: '1.1.0' });
  expect(await world.registry.audit('pageless', '1.1.0')).toMatchObject([{ by: 'ada', accepted: true }]);
});

test('a challenger that forgets is refused and kept with its reasons, and its rows come again', async () => {
  await world.define('forgets', { gates: { forgetting: 0 }, learning: { epochs: 20, strategy: 'fine-tune' } });
  world.write('forgets', 0, 600);
  await world.run('forgets');
  world.write('forgets', 600, 900, contrary);
  const result = await world.run('forgets');
  expect(result).toMatchObject({ outcome: 'refused', candidate: '1.1.1', champion: '1.1.0', driftFired: true, approvedBy: null });
  expect(result.because).toMatch(/it forgets more than .* of 1\.1\.0/);
  expect(await world.registry.refusal('forgets', '1.1.1')).toEqual([expect.stringContaining('it forgets more than')]);
  expect((await world.registry.manifest('forgets', '1.1.1')).manifest.parent).toBe('1.1.0');
  expect(await states('forgets')).toEqual(['1.1.0 champion', '1.1.1 refused']);

  world.write('forgets', 900, 1000, contrary);
  expect(await world.run('forgets')).toMatchObject({ candidate: '1.1.2', newRows: 400 });
  expect((await world.registry.manifest('forgets', '1.1.2')).manifest).toMatchObject({ parent: '1.1.0', cursor: timeOf(999) });
});

test('a column of texts, each of which is new, does not make a result too large for a history', async () => {
  await world.define('texts', { features: { exclude: ['note'] } });
  for (const from of [0, 1200]) {
    world.put('texts', from, withColumn(csv(from, from + 1200), 'note', (index) => `${index} `.padEnd(250, 'about this row ')));
    expect(await world.run('texts')).toMatchObject({ outcome: 'promoted', newRows: 1200 });
  }
});

describe('a column that holds one value in each period, and another one in each', () => {
  const runs = async (name: string, exclude: string[]) => {
    // Each new value is a new level, and so a surgery.
    await world.define(name, { features: { exclude }, surgery: { approval: 'with-gates' } });
    const results = [];
    for (const [period, month] of ['may', 'june', 'july'].entries()) {
      world.put(name, 300 * period, withColumn(csv(300 * period, 300 * (period + 1)), 'month', () => month));
      results.push(await world.run(name));
    }
    return results.map(({ outcome, driftFired }) => `${outcome}${driftFired ? ', drift fired' : ''}`);
  };

  test('begins to vary once: a lineage that has seen two values knows that it varies', async () => {
    expect(await runs('months', [])).toEqual(['promoted', 'promoted, drift fired', 'promoted']);
  });

  test('fires no drift where the model does not see it', async () => {
    expect(await runs('unseen', ['month'])).toEqual(['promoted', 'promoted', 'promoted']);
  });
});

test('of two runs at once one is promoted, and the other is superseded and says by whom', async () => {
  await world.define('twice', { approval: { when: 'always' } });
  world.write('twice', 0, 300);
  const [one, other] = [await world.begin('retrain', { pipeline: 'twice' }), await world.begin('retrain', { pipeline: 'twice' })];
  const candidates = [];
  for (const handle of [one, other]) candidates.push((await world.phase(handle, 'awaiting-approval')).candidate);
  expect(candidates.toSorted()).toEqual(['1.1.0', '1.2.0']);
  await one.executeUpdate('decide', { args: [{ decision: 'approve', candidate: candidates[0] }] });
  expect(await one.result()).toMatchObject({ outcome: 'promoted', champion: candidates[0] });
  await other.executeUpdate('decide', { args: [{ decision: 'approve', candidate: candidates[1] }] });
  expect(await other.result()).toMatchObject({
    outcome: 'superseded',
    champion: null,
    because: `${candidates[0]} became champion (move 1) while this run trained against none`,
  });
  expect(await world.registry.champion('twice')).toMatchObject({ revision: 1, to: candidates[0] });
});

describe('after a rollback', () => {
  test('the withdrawn version is never a parent, and its rows come again', async () => {
    await world.define('back');
    for (const from of [0, 300]) {
      world.write('back', from, from + 300);
      await world.run('back');
    }
    expect(await world.rollBack('back')).toEqual({ pipeline: 'back', from: '1.1.1', to: '1.1.0', revision: 3 });
    expect(await states('back')).toEqual(['1.1.0 champion', '1.1.1 withdrawn']);
    expect((await world.registry.champion('back'))!.suites.map(({ name }) => name)).toEqual(['1.1.0']);

    // The same rows make the same model: nobody is asked by this pipeline otherwise.
    const again = await world.begin('retrain', { pipeline: 'back' });
    expect((await world.phase(again, 'awaiting-approval')).approval!.because[0]).toBe('1.1.1 was rolled back (wrong since Monday), and this challenger may have learned from the same rows');
    await again.signal('approve', { candidate: '1.1.2' });
    expect(await again.result()).toMatchObject({ outcome: 'promoted', candidate: '1.1.2', newRows: 300 });
    world.write('back', 600, 900);
    expect(await world.run('back')).toMatchObject({ outcome: 'promoted', candidate: '1.1.3' });
    const { manifest } = await world.registry.manifest('back', '1.1.2');
    expect(manifest).toMatchObject({ parent: '1.1.0' });
    expect(manifest.snapshots).toHaveLength(2);
    const failure = await world.failure(await world.begin('rollback', { pipeline: 'back', to: '1.1.1', reason: 'try' }));
    expect(failure).toMatchObject({ type: 'UnknownVersion', message: expect.stringContaining('1.1.1 has been withdrawn') });
  });

  test('one that is cancelled once it has begun is finished, and says so', async () => {
    await world.define('begun');
    for (const from of [0, 300]) {
      world.write('begun', from, from + 300);
      await world.run('begun');
    }
    let handle!: Handle;
    await world.withoutAliases('begun', async () => {
      handle = await world.begin('rollback', { pipeline: 'begun', reason: 'wrong prices' });
      await until(async () => (await world.events(handle, 'activityTaskScheduled')) > 0, 'the step');
      await handle.cancel();
    });
    expect(await handle.result()).toMatchObject({ from: '1.1.1', to: '1.1.0' });
    expect(await states('begun')).toEqual(['1.1.0 champion', '1.1.1 withdrawn']);
  });

  test('a run that waits for a decision is superseded, and its rows come again', async () => {
    await world.define('waits');
    for (const from of [0, 300]) {
      world.write('waits', from, from + 300);
      await world.run('waits');
    }
    await world.define('waits', { approval: { when: 'always' } });
    world.write('waits', 600, 900);
    const inFlight = await world.begin('retrain', { pipeline: 'waits' });
    expect(await world.phase(inFlight, 'awaiting-approval')).toMatchObject({ champion: '1.1.1', candidate: '1.1.2' });
    await world.rollBack('waits');
    await inFlight.signal('approve', { candidate: '1.1.2' });
    expect(await inFlight.result()).toMatchObject({ outcome: 'superseded', because: expect.stringContaining('1.1.0 became champion (move 3)') });
    expect(await world.registry.champion('waits')).toMatchObject({ to: '1.1.0', kind: 'rollback' });

    const next = await world.begin('retrain', { pipeline: 'waits' });
    expect(await world.phase(next, 'awaiting-approval')).toMatchObject({ candidate: '1.1.3' });
    await next.signal('approve', { candidate: '1.1.3' });
    expect(await next.result()).toMatchObject({ outcome: 'promoted', candidate: '1.1.3', newRows: 600 });
  });

  test('a run that has not reserved its version yet is superseded too', async () => {
    await world.define('early');
    for (const from of [0, 300]) {
      world.write('early', from, from + 300);
      await world.run('early');
    }
    await world.define('early', { training: { queue: 'late', wait: '1m' } });
    world.write('early', 600, 900);
    const inFlight = await world.begin('retrain', { pipeline: 'early' });
    await world.phase(inFlight, 'comparing');
    await world.rollBack('early');
    const late = await world.work('late', 'training');
    expect(await inFlight.result()).toMatchObject({ outcome: 'superseded', candidate: null, because: expect.stringContaining('1.1.1 was withdrawn') });
    await late.stop();
    expect(await states('early')).toEqual(['1.1.0 champion', '1.1.1 withdrawn']);
  });
});

test('a worker that keeps no workflow in memory replays its runs at every step, and comes to the same end', async () => {
  await world.define('uncached', { approval: { when: 'always' } });
  world.write('uncached', 0, 300);
  const uncached = await world.work('uncached', 'all', { maxCachedWorkflows: 0 });
  const handle = await world.beginOn('uncached', 'retrain', { pipeline: 'uncached' });
  await world.phase(handle, 'awaiting-approval');
  await handle.signal('approve', { candidate: '1.1.9' });
  expect(await handle.executeUpdate('decide', { args: [{ decision: 'approve', candidate: '1.1.0' }] })).toMatchObject({ accepted: true });
  expect(await handle.result()).toMatchObject({ outcome: 'promoted' });
  expect(await world.events(handle, 'workflowTaskFailed')).toBe(0);
  expect(await world.registry.audit('uncached')).toHaveLength(2);
  await uncached.stop();
});

test("a column that is to be left out and that the rows do not have is named in the run's report: it may be misspelt", async () => {
  await world.define('leak', { features: { exclude: ['c', 'bb'] } });
  world.write('leak', 0, 300);
  const { outcome, report } = await world.run('leak');
  expect(outcome).toBe('promoted');
  expect(Buffer.from((await world.registry.store.get(report!))!).toString()).toContain('features.exclude names bb, which the rows do not have');
});
