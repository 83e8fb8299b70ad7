import { CorruptArtifact, InvalidInput, UnknownPipeline, type AuditEntry, type Schema } from '../../contracts';
import { Registry } from '../../registry';
import { name, pipelineOf } from './fixtures';
import { asText, onEachStore, text } from './stores';

onEachStore((fresh) => {
  describe('pipelines', () => {
    test('applying keeps a revision only where something changed', async () => {
      const registry = new Registry(fresh());
      expect(await registry.apply(pipelineOf())).toEqual({ revision: 1, changed: true });
      expect(await registry.apply(pipelineOf())).toEqual({ revision: 1, changed: false });
      const changed = pipelineOf({ learning: { strategy: { name: 'replay', memory: 500 } } });
      expect(await registry.apply(changed)).toEqual({ revision: 2, changed: true });
      expect(await registry.pipeline(name)).toEqual({ pipeline: changed, revision: 2 });
      expect(await registry.apply(pipelineOf())).toEqual({ revision: 3, changed: true });
    });

    test('what JSON does not hold makes no revision of its own, and a number that is none is refused', async () => {
      const registry = new Registry(fresh());
      await registry.apply(pipelineOf({ learning: { strategy: { name: 'mine', options: { share: 0 } } } }));
      const same = pipelineOf({ learning: { strategy: { name: 'mine', options: { share: -0, nothing: undefined } } } });
      expect(await registry.apply({ ...same, schedule: undefined } as never)).toEqual({ revision: 1, changed: false });
      for (const share of [Infinity, NaN, 1n])
        await expect(registry.apply(pipelineOf({ learning: { strategy: { name: 'mine', options: { share } } } }))).rejects.toThrow(`pipeline: share is ${share}; a finite number is needed`);
    });

    test('one that is too large for the history of its runs is refused when it is applied', async () => {
      const layers = { class_name: 'Sequential', config: { layers: Array.from({ length: 3000 }, (_, i) => ({ class_name: 'Dense', config: { name: `layer${i}`, units: 4 } })) } };
      await expect(new Registry(fresh()).apply(pipelineOf({ model: { layers } }))).rejects.toThrow(/letters as JSON, and 100000 are the most; .*model\.builder/);
    });

    test.each(['s3://AKIAEXAMPLE:secret@rows/electricity/', ' https://rows.example.org/a.csv?X-Amz-Signature=secret', 's3://rows/a?token=secret', 'jdbc:postgresql://u:secret@h/db', '//u:secret@nas/a.csv'])(
      'an address that may hold credentials is refused, and not repeated (%s)', async (files) => {
        const refused: unknown = await new Registry(fresh()).apply(pipelineOf({ source: { files, time: 'time' } })).catch((error: unknown) => error);
        expect(String(refused)).toContain('pipeline: source.files is an address; a path, a glob or s3://bucket/prefix is expected');
        expect(String(refused)).not.toContain('secret');
      });

    test.each(['data/*.csv', '/data/a b@c.csv', 'file:///data/*.csv', 's3://rows', 's3://rows/elec/', 'C:\\data\\a.csv', '//nas/rows/*.csv'])('source.files may be %s', async (files) => {
      expect(await new Registry(fresh()).apply(pipelineOf({ source: { files, time: 'time' } }))).toMatchObject({ revision: 1 });
    });

    test('a convolutional network that may train nowhere is refused', async () => {
      const cnn = pipelineOf({ model: { cnn: { image: [4, 4, 1], filters: [2] } }, training: { backends: ['wasm', 'js'] } });
      await expect(new Registry(fresh()).apply(cnn)).rejects.toThrow('training.backends is wasm, js; a convolutional network needs native');
    });

    test('racing appliers each get a revision of their own', async () => {
      const registry = new Registry(fresh());
      const applied = await Promise.all(Array.from({ length: 8 }, (_, at) => registry.apply(pipelineOf({ learning: { seed: at } }))));
      expect(applied.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    test('an unknown pipeline is refused with the known names and the command', async () => {
      const registry = new Registry(fresh());
      await registry.apply(pipelineOf());
      await registry.apply(pipelineOf({ name: 'digits' }));
      expect(await registry.pipelines()).toEqual(['digits', 'electricity']);
      await expect(registry.pipeline('nope')).rejects.toThrow(UnknownPipeline);
      await expect(registry.pipeline('nope')).rejects.toThrow(/continual apply <file>. Known: digits, electricity/);
    });

    test('a stored pipeline that was changed by hand is refused with key and field', async () => {
      const registry = new Registry(fresh());
      await registry.apply(pipelineOf());
      const key = 'pipelines/electricity/00000001.json';
      const stored = asText(await registry.store.get(key))!;
      await registry.store.put(key, text(stored.replace('"batch": 64', '"batch": "many"')));
      await expect(registry.pipeline(name)).rejects.toThrow(CorruptArtifact);
      await expect(registry.pipeline(name)).rejects.toThrow(/pipelines\/electricity\/00000001\.json: pipeline\.learning\.batch is "many"/);
    });
  });

  test('a schema is held: whoever comes second gets the first’s', async () => {
    const registry = new Registry(fresh());
    const schema: Schema = { format: 1, version: 1, time: 'time', label: 'up', columns: [{ name: 'nswprice', kind: 'number' }] };
    expect(await registry.schema(name)).toBeNull();
    expect(await registry.holdSchema(name, schema)).toEqual(schema);
    expect(await registry.holdSchema(name, { ...schema, columns: [] })).toEqual(schema);
    const second = await registry.holdSchema(name, { ...schema, version: 2, label: 'down' });
    expect(await registry.schema(name)).toEqual(second);
  });

  describe('audit', () => {
    const entry = (at: string, reason: string): AuditEntry => ({
      at, channel: 'command', decision: 'approve', candidate: '1.1.4', by: 'ada', reason, accepted: true, answer: 'approved',
    });

    test('an entry that is appended again stands once, as it was first', async () => {
      const registry = new Registry(fresh());
      await registry.appendAudit(name, '1.1.4', [{ id: 'run-1', entry: entry('2026-01-02T00:00:00Z', 'late') }]);
      await registry.appendAudit(name, '1.1.4', [
        { id: 'run-1', entry: entry('2026-01-02T00:00:00Z', 'changed') },
        { id: 'run-0', entry: entry('2026-01-03T00:00:00Z', 'later') },
      ]);
      await registry.appendAudit(name, '1.1.5', [{ id: 'run-1', entry: entry('2026-01-01T00:00:00Z', 'other') }]);
      expect((await registry.audit(name, '1.1.4')).map(({ reason }) => reason)).toEqual(['late', 'later']);
      expect((await registry.audit(name)).map(({ reason }) => reason)).toEqual(['other', 'late', 'later']);
    });

    test('an id that cannot be a key is refused', async () => {
      const registry = new Registry(fresh());
      await expect(registry.appendAudit(name, '1.1.4', [{ id: 'a/b', entry: entry('2026-01-02T00:00:00Z', '') }])).rejects.toThrow(InvalidInput);
    });
  });

  test('once: racing makers all get the winner’s value, and it stays', async () => {
    const registry = new Registry(fresh());
    const values = await Promise.all(Array.from({ length: 10 }, (_, at) => registry.once('electricity/run-1', () => Promise.resolve({ at }))));
    expect(new Set(values.map(({ at }) => at)).size).toBe(1);
    const later = await registry.once('electricity/run-1', () => Promise.reject(new Error('made again')));
    expect(later).toEqual(values[0]);
  });

  test('blobs are found by their digest, and a changed one is refused', async () => {
    const registry = new Registry(fresh());
    const digest = await registry.putBlob('snapshots', text('rows'), 'parquet');
    expect(await registry.putBlob('snapshots', text('rows'), 'parquet')).toBe(digest);
    expect(asText(await registry.getBlob('snapshots', digest, 'parquet'))).toBe('rows');
    await registry.store.put(`snapshots/${digest}.parquet`, text('rowz'));
    await expect(registry.getBlob('snapshots', digest, 'parquet')).rejects.toThrow(`expected sha256 ${digest}, found`);
    await expect(registry.getBlob('evaluations', digest, 'html')).rejects.toThrow(/is missing/);
  });

  describe('checkpoints', () => {
    test('the newest is read, and old ones are forgotten', async () => {
      const registry = new Registry(fresh());
      expect(await registry.latestCheckpoint(name, '1.1.0')).toBeNull();
      for (const step of [9, 10, 11, 100]) await registry.saveCheckpoint(name, '1.1.0', step, text(`state ${step}`));
      const { step, bytes } = (await registry.latestCheckpoint(name, '1.1.0'))!;
      expect([step, asText(bytes)]).toEqual([100, 'state 100']);
      expect(await registry.store.list('checkpoints/')).toHaveLength(2);
      await registry.clearCheckpoints(name, '1.1.0');
      expect(await registry.store.list('checkpoints/')).toEqual([]);
    });

    test('one that is torn in the middle is skipped in favour of the one before', async () => {
      const registry = new Registry(fresh());
      for (const step of [1, 2]) await registry.saveCheckpoint(name, '1.1.0', step, Buffer.alloc(1000, step));
      const newest = (await registry.store.list('checkpoints/')).at(-1)!;
      const whole = (await registry.store.get(newest))!;
      for (const torn of [whole.subarray(0, 500), whole.subarray(0, 10), Buffer.concat([whole.subarray(0, 500), Buffer.alloc(532)])]) {
        await registry.store.put(newest, torn);
        expect((await registry.latestCheckpoint(name, '1.1.0'))!.step).toBe(1);
      }
    });
  });
});
