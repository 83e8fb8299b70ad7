import { CorruptArtifact, InvalidInput, UnknownVersion } from '../../contracts';
import { Registry } from '../../registry';
import { manifestOf, name, promote, publishNew, run } from './fixtures';
import { asText, onEachStore, text } from './stores';

onEachStore((fresh) => {
  const stateful = (parent: string, by = run()) => ({ mode: 'stateful' as const, parent, run: by });
  const stateless = (parent: string | null, by = run()) => ({ mode: 'stateless' as const, parent, run: by });

  test('numbers follow the lineage: first, updates, full retrainings', async () => {
    const registry = new Registry(fresh());
    const reserved = [];
    for (const request of [stateless(null), stateful('1.1.0'), stateful('1.1.1'), stateless('1.1.2'), stateful('1.2.0'), stateful('1.1.0')]) {
      reserved.push(await registry.reserve(name, request));
    }
    expect(reserved).toEqual(['1.1.0', '1.1.1', '1.1.2', '1.2.0', '1.2.1', '1.1.3']);
  });

  test('a surgery begins an architecture, in which nothing was trained from scratch yet', async () => {
    const registry = new Registry(fresh());
    const surgery = (parent: string, by = run()) => ({ mode: 'surgery' as const, parent, run: by });
    const mine = run();
    const reserved = [];
    for (const request of [stateless(null), surgery('1.1.0', mine), stateful('2.0.0'), stateless('2.0.1'), surgery('2.0.0'), stateful('1.1.0'), surgery('1.1.1')]) {
      reserved.push(await registry.reserve(name, request));
    }
    expect(reserved).toEqual(['1.1.0', '2.0.0', '2.0.1', '2.1.0', '3.0.0', '1.1.1', '4.0.0']);
    expect(await registry.reserve(name, surgery('1.1.0', mine))).toBe('2.0.0');
    expect((await registry.versions(name)).map(({ version, mode }) => `${version} ${mode}`)).toContain('2.0.0 surgery');
  });

  test('another network that is trained from scratch begins an architecture too', async () => {
    const registry = new Registry(fresh());
    const by = run();
    await registry.reserve(name, stateless(null));
    const another = { ...stateless('1.1.0', by), newArchitecture: true };
    expect([await registry.reserve(name, another), await registry.reserve(name, stateless('2.1.0'))]).toEqual(['2.1.0', '2.2.0']);
    expect(await registry.reserve(name, another)).toBe('2.1.0');
  });

  test('a stateful strategy that trains a new model makes a full retraining', async () => {
    const registry = new Registry(fresh());
    await registry.reserve(name, stateless(null));
    await registry.reserve(name, stateful('1.1.0'));
    const anew = { ...stateful('1.1.1'), newModel: true };
    expect(await registry.reserve(name, anew)).toBe('1.2.0');
    expect(await registry.reserve(name, { ...stateful('1.2.0'), newModel: true })).toBe('1.3.0');
    expect(await registry.reserve(name, anew)).toBe('1.2.0');
  });

  test('a number is never used again, whatever became of its run', async () => {
    const registry = new Registry(fresh());
    const first = await publishNew(registry, null);
    const abandoned = await registry.reserve(name, stateful(first.version));
    const refused = await publishNew(registry, first.version);
    await registry.refuse(name, refused.version, { run: run(), reasons: ['worse on fresh rows'] });
    expect([abandoned, refused.version, await registry.reserve(name, stateful(first.version))]).toEqual(['1.1.1', '1.1.2', '1.1.3']);
  });

  test('the same run gets its own number again, in either mode', async () => {
    const registry = new Registry(fresh());
    const [a, b] = [run(), run()];
    expect(await registry.reserve(name, stateless(null, a))).toBe('1.1.0');
    expect(await registry.reserve(name, stateful('1.1.0', b))).toBe('1.1.1');
    await registry.reserve(name, stateful('1.1.0'));
    await registry.reserve(name, stateless('1.1.0'));
    expect(await registry.reserve(name, stateless(null, a))).toBe('1.1.0');
    expect(await registry.reserve(name, stateful('1.1.0', b))).toBe('1.1.1');
    expect((await registry.reservation(name, '1.1.1'))!.run).toEqual(b);
    expect(await registry.reservation(name, '1.1.9')).toBeNull();
  });

  test('twenty racing reservations get twenty numbers without a gap', async () => {
    const registry = new Registry(fresh());
    await registry.reserve(name, stateless(null));
    const reserved = await Promise.all(Array.from({ length: 20 }, () => registry.reserve(name, stateful('1.1.0'))));
    expect(reserved.map((version) => Number(version.split('.')[2])).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  test('attempts of one run that race reserve one number', async () => {
    const registry = new Registry(fresh());
    const by = run();
    const reserved = await Promise.all(Array.from({ length: 10 }, () => registry.reserve(name, stateless(null, by))));
    expect(new Set(reserved)).toEqual(new Set(['1.1.0']));
  });

  test('a parent that is unknown or withdrawn is refused', async () => {
    const registry = new Registry(fresh());
    await expect(registry.reserve(name, stateful('1.1.0'))).rejects.toThrow(UnknownVersion);
    const { version } = await publishNew(registry, null);
    await registry.withdraw(name, version, { run: run(), reason: 'bad rows' });
    await expect(registry.reserve(name, stateful(version))).rejects.toThrow(/withdrawn and cannot be continued from/);
  });

  test('files are stored under their common digest, so that two attempts lie side by side', async () => {
    const registry = new Registry(fresh());
    const one = await registry.putFiles(name, '1.1.0', { 'model.json': text('{}'), 'weights.bin': text('one') });
    const same = await registry.putFiles(name, '1.1.0', { 'weights.bin': text('one'), 'model.json': text('{}') });
    const other = await registry.putFiles(name, '1.1.0', { 'model.json': text('{}'), 'weights.bin': text('two') });
    expect(same).toEqual(one);
    expect(other['model.json']!.key).not.toBe(one['model.json']!.key);
    expect(one['weights.bin']!.key).toMatch(/^versions\/electricity\/1\.1\.0\/[0-9a-f]{16}\/weights\.bin$/);
    const { manifest } = await registry.publish(manifestOf('1.1.0', run(), one));
    expect(asText(await registry.readFile(manifest, 'weights.bin'))).toBe('one');
  });

  test('a file name that would leave its folder is refused', async () => {
    const registry = new Registry(fresh());
    await expect(registry.putFiles(name, '1.1.0', { '../../x': text('x') })).rejects.toThrow(InvalidInput);
  });

  test('a manifest is written once: the first publisher wins and the second gets the first’s', async () => {
    const registry = new Registry(fresh());
    const [a, b] = [run(), run()];
    const first = await registry.publish(manifestOf('1.1.0', a));
    const second = await registry.publish(manifestOf('1.1.0', b));
    expect(second).toEqual(first);
    expect(second.manifest.run).toEqual(a);
    expect(await registry.manifest(name, '1.1.0')).toEqual(first);
    await expect(registry.manifest(name, '1.2.0')).rejects.toThrow(/electricity has no version 1.2.0/);
  });

  test('a flipped byte is found, with file, expected and found digest, and the cure', async () => {
    const registry = new Registry(fresh());
    const files = await registry.putFiles(name, '1.1.0', { 'weights.bin': text('weights') });
    const { manifest } = await registry.publish(manifestOf('1.1.0', run(), files));
    const { key, sha256 } = files['weights.bin']!;
    await registry.store.put(key, text('weightz'));
    const reading = registry.readFile(manifest, 'weights.bin');
    await expect(reading).rejects.toThrow(CorruptArtifact);
    await expect(reading).rejects.toThrow(`weights.bin of electricity 1.1.0: expected 7 bytes with sha256 ${sha256}, found 7 with`);
    await expect(reading).rejects.toThrow(/continual rollback electricity/);
    await registry.store.remove(key);
    await expect(registry.readFile(manifest, 'weights.bin')).rejects.toThrow(/is missing/);
    await expect(registry.readFile(manifest, 'toString')).rejects.toThrow(/has no file toString; it has weights.bin/);
  });

  test('a manifest that was changed by hand is refused with key and field', async () => {
    const registry = new Registry(fresh());
    await registry.publish(manifestOf('1.1.0', run()));
    const key = 'versions/electricity/1.1.0/manifest.json';
    const stored = JSON.parse(asText(await registry.store.get(key))!) as object;
    await registry.store.put(key, text(JSON.stringify({ ...stored, cursor: 'yesterday' })));
    await expect(registry.manifest(name, '1.1.0')).rejects.toThrow(/manifest\.json: cursor is "yesterday"/);
    await registry.store.put(key, text('{"format":'));
    await expect(registry.manifest(name, '1.1.0')).rejects.toThrow(/manifest\.json: is not JSON/);
    await registry.store.put(key, text(JSON.stringify({ ...stored, version: '1.1.5' })));
    await expect(registry.manifest(name, '1.1.0')).rejects.toThrow(CorruptArtifact);
  });

  test('the list of versions says what became of each', async () => {
    const registry = new Registry(fresh());
    const first = await publishNew(registry, null);
    const second = await publishNew(registry, first.version);
    const third = await publishNew(registry, second.version);
    const fourth = await publishNew(registry, third.version);
    await publishNew(registry, third.version);
    await registry.reserve(name, stateless(third.version));
    for (const [after, target] of [first, second, third].entries()) await promote(registry, after, target);
    await promote(registry, 3, second, { kind: 'rollback' });
    await registry.withdraw(name, third.version, { run: run(), reason: 'wrong prices' });
    await registry.refuse(name, fourth.version, { run: run(), reasons: ['fresh-rows: worse by .1'] });
    const versions = await registry.versions(name);
    expect(versions.map(({ version, state }) => `${version} ${state}`)).toEqual([
      '1.1.0 past', '1.1.1 champion', '1.1.2 withdrawn', '1.1.3 refused', '1.1.4 candidate', '1.2.0 reserved',
    ]);
    expect(versions[1]).toMatchObject({ mode: 'stateful', parent: '1.1.0' });
    expect(await registry.refusal(name, fourth.version)).toEqual(['fresh-rows: worse by .1']);
    expect(await registry.refusal(name, first.version)).toBeNull();
    expect(await registry.withdrawn(name, third.version)).toBe(true);
    expect(await registry.withdrawn(name, second.version)).toBe(false);
  });
});
