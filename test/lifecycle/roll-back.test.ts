import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rollBack } from '../../activities/roll-back';
import { updatesSince } from '../../activities/updates';
import type { LossSummary, RunReference, Suite } from '../../contracts';
import { openStore, Registry } from '../../registry';
import { manifestOf, name, pipelineOf, promote, run } from '../registry/fixtures';

const folder = mkdtempSync(join(tmpdir(), 'continual-rollback-'));
let registry: Registry;
beforeEach(async () => {
  registry = new Registry(openStore(pathToFileURL(join(folder, randomUUID())).href));
  await registry.apply(pipelineOf());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const suiteOf = (version: string): Suite => ({ name: version, snapshot: 'ab'.repeat(32), rows: { from: 0, to: 10 }, best: 0.9 });
const lossOf = (mean: number): LossSummary => ({ rows: 10, mean, upper: mean });
const back = (by: RunReference, to: string | null = null, on = registry) => rollBack({ registry: on })({ pipeline: name, to, reason: 'wrong prices', by: 'ada', run: by });
const withdrawn = (versions: string[]) => Promise.all(versions.map((version) => registry.withdrawn(name, version)));

/** Publishes and promotes one version after another, each with a suite and a loss of its own. Gives their names. */
async function champions(count: number): Promise<string[]> {
  const versions: string[] = [];
  for (let i = 0; i < count; i++) {
    const before = await registry.champion(name);
    const by = run();
    const version = await registry.reserve(name, { mode: before ? 'stateful' : 'stateless', parent: before?.to ?? null, run: by });
    const { digest } = await registry.publish({ ...manifestOf(version, by), mode: before ? 'stateful' : 'stateless', parent: before?.to ?? null });
    const suites = [...(before?.suites ?? []), suiteOf(version)];
    await promote(registry, before?.revision ?? 0, { version, digest }, { suites, losses: [...(before?.losses ?? []), lossOf(i)].slice(-5) });
    versions.push(version);
  }
  return versions;
}

test('a rollback that was killed before it withdrew what it left is finished by the next one, which goes further back', async () => {
  const [first, second, third] = await champions(3);
  const killed: Registry = Object.create(registry, { withdraw: { value: () => Promise.reject(new Error('killed')) } }) as Registry;
  const one = run();
  await expect(back(one, null, killed)).rejects.toThrow('killed');
  expect(await registry.champion(name)).toMatchObject({ to: second });

  expect(await back(run())).toMatchObject({ from: second, to: first });
  expect(await withdrawn([first!, second!, third!])).toEqual([false, true, true]);
  // The retry of the first comes late, and finds all done.
  expect(await back(one)).toMatchObject({ from: third, to: second });
  expect(await registry.champion(name)).toMatchObject({ to: first });
  expect(await withdrawn([first!])).toEqual([false]);
});

test('without a named version it goes to what the champion took over from, never to a later one', async () => {
  const [first, second, , fourth] = await champions(4);
  expect(await back(run(), second)).toMatchObject({ from: fourth, to: second });
  expect(await back(run())).toMatchObject({ from: second, to: first });
  await expect(back(run())).rejects.toThrow(`${name} has no earlier champion than ${first} to go back to`);
});

test('suites and losses are again those of when the version served: what later champions kept may be what made them bad', async () => {
  const [first, second] = await champions(4);
  await back(run(), second);
  expect(await registry.champion(name)).toMatchObject({ suites: [suiteOf(first!), suiteOf(second!)], losses: [lossOf(0), lossOf(1)] });
});

test('updates are counted along the line of parents: numbers of refused challengers are none', async () => {
  await champions(1);
  for (let refused = 0; refused < 3; refused++) await registry.reserve(name, { mode: 'stateful', parent: '1.1.0', run: run() });
  const [, next] = ['1.1.0', ...(await champions(1))];
  expect(next).toBe('1.1.4');
  const updates = async (version: string): Promise<number> => updatesSince(registry, (await registry.manifest(name, version)).manifest);
  expect(await updates('1.1.0')).toBe(0);
  expect(await updates('1.1.4')).toBe(1);
});

test('a rollback of a version that another has replaced meanwhile moves nothing', async () => {
  const [, second, third] = await champions(3);
  const input = { pipeline: name, to: null, reason: 'wrong prices', by: 'ada', run: run() };
  await expect(rollBack({ registry })({ ...input, from: second! })).rejects.toThrow(`from is ${second}, but by now ${third} is champion of ${name}`);
  expect(await registry.champion(name)).toMatchObject({ to: third });
  expect(await withdrawn([third!])).toEqual([false]);
  // Its own retry finds what it has moved, although that is no champion any more.
  const own = { ...input, from: third! };
  const done = await rollBack({ registry })(own);
  expect(done).toMatchObject({ from: third, to: second });
  expect(await rollBack({ registry })(own)).toEqual(done);
});
