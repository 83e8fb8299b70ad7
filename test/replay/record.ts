import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { searchAttributeNames, type PipelineInput } from '../../contracts';
import { contrary } from '../lifecycle/rows';
import { World, type Handle } from '../lifecycle/world';
import { folder, toText } from './histories';

/*
 * Records one history of each way that a run can go, from real runs, into test/replay/histories/<version>/:
 *
 *   npm run build && node dist/test/replay/record.js
 *
 * To be run before a release, and when there are new ways to go. What was recorded is never recorded again: its runs may
 * still be in flight.
 * Everything lies under a neutral path, so that no machine's names stand in a history.
 */
const work = '/tmp/continual-replay';

async function record(): Promise<void> {
  const root = join(folder, '../../..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const into = join(folder, version);
  mkdirSync(into, { recursive: true });
  const world = await World.start({ folder: work, searchAttributes: Object.fromEntries(searchAttributeNames.map((name) => [name, 'Keyword'])) });
  const keep = async (name: string, handle: Handle, outcome?: string): Promise<void> => {
    const result = (await handle.result()) as { outcome?: string };
    if (result.outcome !== outcome) throw new Error(`${name} ended as ${result.outcome}, not as ${outcome}`);
    const file = join(into, `${name}.json`);
    const standing = existsSync(file);
    if (!standing) writeFileSync(file, toText(await handle.fetchHistory()));
    console.log(`${standing ? 'kept' : 'recorded'} ${name}`);
  };
  try {
    await lives(world, keep);
  } finally {
    await world.stop();
  }
}

async function lives(world: World, keep: (name: string, handle: Handle, outcome?: string) => Promise<void>): Promise<void> {
  const pipeline = 'electricity';
  const begin = () => world.begin('retrain', { pipeline });
  const asking = (approval: PipelineInput['approval']) => world.define(pipeline, { approval });
  const asked = async () => {
    const handle = await begin();
    return { handle, candidate: (await world.phase(handle, 'awaiting-approval')).candidate! };
  };
  await world.define(pipeline);
  world.write(pipeline, 0, 300);
  await keep('promoted', await begin(), 'promoted');
  await keep('skipped', await begin(), 'skipped');

  await asking({ when: 'always' });
  world.write(pipeline, 300, 600);
  const bySignal = await asked();
  await bySignal.handle.signal('approve', {});
  await bySignal.handle.signal('approve', { candidate: '1.1.9' });
  await bySignal.handle.signal('approve', { candidate: bySignal.candidate, by: 'ada', reason: 'looks right' });
  await keep('approved-by-signal', bySignal.handle, 'promoted');

  world.write(pipeline, 600, 900);
  const byUpdate = await asked();
  await byUpdate.handle.executeUpdate('decide', { args: [{ decision: 'reject', candidate: '1.1.9' }] });
  await byUpdate.handle.executeUpdate('decide', { args: [{ decision: 'reject', candidate: byUpdate.candidate, by: 'bob' }] });
  await keep('rejected-by-update', byUpdate.handle, 'rejected');

  await asking({ when: 'always', deadline: '2s', reminder: '1s' });
  await keep('rejected-at-the-deadline', await begin(), 'rejected');

  await asking({ when: 'always' });
  const overtaken = await asked();
  await keep('rolled-back', await world.begin('rollback', { pipeline, reason: 'wrong since Monday', by: 'ada' }));
  await overtaken.handle.signal('approve', { candidate: overtaken.candidate });
  await keep('superseded', overtaken.handle, 'superseded');

  await world.define('forgets', { gates: { forgetting: 0 }, learning: { epochs: 20, strategy: 'fine-tune' } });
  world.write('forgets', 0, 600);
  await world.run('forgets');
  world.write('forgets', 600, 900, contrary);
  await keep('refused', await world.begin('retrain', { pipeline: 'forgets' }), 'refused');

  await operations(world, keep);
}

/** Runs in which the model becomes another one. */
async function operations(world: World, keep: (name: string, handle: Handle, outcome?: string) => Promise<void>): Promise<void> {
  const pipeline = 'widened';
  const begin = () => world.begin('retrain', { pipeline });
  await world.define(pipeline);
  world.write(pipeline, 0, 300);
  await world.run(pipeline);
  world.write(pipeline, 300, 600);

  await world.define(pipeline, { model: { mlp: [16] } });
  const asked = await begin();
  const { candidate } = await world.phase(asked, 'awaiting-approval');
  await asked.signal('reject', { candidate, by: 'bob', reason: 'not now' });
  await keep('surgery-rejected', asked, 'rejected');

  await world.define(pipeline, { model: { mlp: [16] }, surgery: { approval: 'with-gates', control: true } });
  await keep('surgery-with-a-control', await begin(), 'promoted');

  await world.define(pipeline, { model: { mlp: [12] }, learning: { mode: 'stateless' } });
  world.write(pipeline, 600, 900);
  await keep('another-network-from-scratch', await begin(), 'promoted');
}

record().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
