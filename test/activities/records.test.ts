import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkpointed } from '../../activities/records';
import { openStore, Registry } from '../../registry';
import { name, pipelineOf, publishNew, run } from '../registry/fixtures';

const folder = mkdtempSync(join(tmpdir(), 'continual-records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a training that has published is further than any checkpoint, so that a run which did not hear of it asks once more', async () => {
  const registry = new Registry(openStore(pathToFileURL(folder).href));
  await registry.apply(pipelineOf());
  const version = await registry.reserve(name, { mode: 'stateless', parent: null, run: run() });
  expect(await checkpointed({ registry })({ pipeline: name, version })).toBe(0);
  const published = await publishNew(registry, null);
  expect(await checkpointed({ registry })({ pipeline: name, version: published.version })).toBe(Number.MAX_SAFE_INTEGER);
});
