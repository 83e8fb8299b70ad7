import { InvalidInput, UnknownVersion } from '../../contracts';
import { Registry } from '../../registry';
import { name, promote, publishNew, run } from './fixtures';
import { onEachStore } from './stores';

onEachStore((fresh) => {
  const withTwo = async () => {
    const registry = new Registry(fresh());
    const first = await publishNew(registry, null);
    const second = await publishNew(registry, first.version);
    return { registry, first, second };
  };

  test('before the first promotion there is no champion', async () => {
    const registry = new Registry(fresh());
    expect(await registry.champion(name)).toBeNull();
    expect(await registry.history(name)).toEqual([]);
    expect(await registry.championAt(name, '2026-01-01T00:00:00Z')).toBeNull();
  });

  test('each move stands in the history with where from, where to, who and why', async () => {
    const { registry, first, second } = await withTwo();
    await promote(registry, 0, first, { by: 'ada', reason: 'looks right' });
    const { move } = await promote(registry, 1, second);
    expect(await registry.champion(name)).toEqual(move);
    const history = await registry.history(name);
    expect(history.map(({ revision, from, to, by }) => ({ revision, from, to, by }))).toEqual([
      { revision: 1, from: null, to: '1.1.0', by: 'ada' },
      { revision: 2, from: '1.1.0', to: '1.1.1', by: 'policy' },
    ]);
  });

  test('of two runs at once one moves and the other is superseded', async () => {
    const { registry, first, second } = await withTwo();
    const third = await publishNew(registry, first.version);
    await promote(registry, 0, first);
    const results = await Promise.all([promote(registry, 1, second), promote(registry, 1, third)]);
    expect(results.map((result) => result.moved).sort()).toEqual([false, true]);
    expect(results[0]!.move).toEqual(results[1]!.move);
    expect(await registry.history(name)).toHaveLength(2);
  });

  test('a document of a newer release is not taken for a corrupt one, and worth another try', async () => {
    const registry = new Registry(fresh());
    await promote(registry, 0, await publishNew(registry, null));
    const key = `aliases/${name}/champion/00000001.json`;
    const move = JSON.parse(Buffer.from((await registry.store.get(key))!).toString()) as object;
    await registry.store.put(key, Buffer.from(JSON.stringify({ ...move, canary: 0.1 })));
    await expect(registry.champion(name)).rejects.toMatchObject({ type: 'NewerRelease', terminal: false, message: expect.stringContaining('canary: no such field; a newer release of this program has written it') });
  });

  test('a promotion that stands is the run’s own, also once it was reset and has another id; a rollback to the same version is not', async () => {
    const { registry, first, second } = await withTwo();
    await promote(registry, 0, first);
    expect((await promote(registry, 0, first, { run: run() })).moved).toBe(true);
    await promote(registry, 1, second);
    await promote(registry, 2, first, { kind: 'rollback' });
    expect((await promote(registry, 2, first, { kind: 'rollback', run: run() })).moved).toBe(false);
    expect(await registry.history(name)).toHaveLength(3);
  });

  test('the same run that moves twice at once has moved, once', async () => {
    const { registry, first } = await withTwo();
    const by = run();
    const results = await Promise.all(Array.from({ length: 5 }, () => promote(registry, 0, first, { run: by })));
    expect(results.every((result) => result.moved)).toBe(true);
    expect(await registry.history(name)).toHaveLength(1);
  });

  test('a zombie’s promotion after a rollback is refused, although the champion is the one that it compared with', async () => {
    const { registry, first, second } = await withTwo();
    const zombie = await publishNew(registry, first.version);
    await promote(registry, 0, first);
    await promote(registry, 1, second);
    await promote(registry, 2, first, { kind: 'rollback', by: 'ada', reason: 'wrong prices' });
    const { moved, move } = await promote(registry, 1, zombie);
    expect(moved).toBe(false);
    expect(move.to).toBe(second.version);
    expect((await registry.champion(name))!.to).toBe(first.version);
  });

  test('a run that repeats its move after it was rolled back and withdrawn still hears that it moved', async () => {
    const { registry, first, second } = await withTwo();
    const by = run();
    await promote(registry, 0, first);
    await promote(registry, 1, second, { run: by });
    await promote(registry, 2, first, { kind: 'rollback' });
    await registry.withdraw(name, second.version, { run: run('rollback'), reason: 'wrong prices' });
    expect((await promote(registry, 1, second, { run: by })).moved).toBe(true);
    expect((await registry.champion(name))!.to).toBe(first.version);
  });

  test('a withdrawn version can neither be promoted nor gone back to', async () => {
    const { registry, first, second } = await withTwo();
    await promote(registry, 0, first);
    await registry.withdraw(name, second.version, { run: run(), reason: 'bad rows' });
    await expect(promote(registry, 1, second)).rejects.toThrow(UnknownVersion);
    await expect(promote(registry, 1, second, { kind: 'rollback' })).rejects.toThrow(/withdrawn/);
    expect(await registry.history(name)).toHaveLength(1);
  });

  test('a version that was never published, another digest and a revision never reached are refused', async () => {
    const { registry, first } = await withTwo();
    await expect(promote(registry, 0, { ...first, version: '1.9.0' })).rejects.toThrow(UnknownVersion);
    await expect(promote(registry, 0, { ...first, digest: '0'.repeat(64) })).rejects.toThrow(/digest 0{64} is not that of electricity 1.1.0/);
    await expect(promote(registry, 7, first)).rejects.toThrow(InvalidInput);
    expect(await registry.history(name)).toEqual([]);
  });

  test('what was champion at a time is looked up', async () => {
    const { registry, first, second } = await withTwo();
    const targets = [first, second, first, second, first];
    const moves = [];
    for (const [after, target] of targets.entries()) {
      moves.push((await promote(registry, after, target)).move);
      await new Promise((done) => setTimeout(done, 3));
    }
    for (const move of moves) {
      expect((await registry.championAt(name, move.at))!.revision).toBe(move.revision);
      const justBefore = new Date(Date.parse(move.at) - 1).toISOString();
      expect((await registry.championAt(name, justBefore))?.revision ?? 0).toBe(move.revision - 1);
    }
    expect((await registry.championAt(name, '2999-01-01T00:00:00Z'))!.revision).toBe(5);
    expect(await registry.championAt(name, '1999-01-01T00:00:00Z')).toBeNull();
    await expect(registry.championAt(name, 'yesterday')).rejects.toThrow(/time is "yesterday"/);
  });
});
