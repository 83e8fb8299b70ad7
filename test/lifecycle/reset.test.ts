import { randomUUID } from 'node:crypto';
import { main } from '../../cli/main';
import { startWorld, world, type Handle } from './world';

startWorld();

/** Goes back to the run's n-th last completed workflow task, as an operator does who resets it. Gives the run that goes on. */
async function reset(handle: Handle, back: number): Promise<Handle> {
  const { runId, workflowId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const execution = { workflowId, runId };
  const answer = await world.client.workflowService.resetWorkflowExecution({
    namespace: 'default', workflowExecution: execution, reason: 'a test', workflowTaskFinishEventId: tasks.at(-back)!.eventId!, requestId: randomUUID(),
  });
  return world.client.workflow.getHandle(workflowId, answer.runId);
}

async function continual(...argv: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const io = { out: (text: string) => void (said += text), err: (text: string) => void (said += text), cwd: world.folder, width: null };
  const env = { PATH: process.env.PATH, CONTINUAL_STORE: world.storeUri, TEMPORAL_ADDRESS: world.server.address, TEMPORAL_CONFIG_FILE: '/nowhere' };
  return { code: await main(argv, { ...io, env }), said };
}

test('a run that was reset while it waits is approved by the same command', async () => {
  const again = await reset(await world.waiting('again'), 1);
  await world.phase(again, 'awaiting-approval');
  expect(await continual('approve', 'again', '1.1.0', '--by', 'ada')).toMatchObject({ code: 0 });
  expect(await again.result()).toMatchObject({ outcome: 'promoted', approvedBy: 'ada' });
});

test('a run that was reset to before its promotion finds that it has promoted', async () => {
  await world.define('twice');
  world.write('twice', 0, 300);
  const handle = await world.begin('retrain', { pipeline: 'twice' });
  await handle.result();
  // The last tasks end the run, and took the audit, the page and the promotion.
  expect(await (await reset(handle, 3)).result()).toMatchObject({ outcome: 'promoted', candidate: '1.1.0' });
  expect(await world.registry.history('twice')).toHaveLength(1);
});

test('a rollback that was reset to before its move goes back no further', async () => {
  await world.define('back');
  for (const from of [0, 300]) {
    world.write('back', from, from + 300);
    await world.run('back');
  }
  const handle = await world.begin('rollback', { pipeline: 'back', reason: 'wrong prices' });
  const done = await handle.result();
  expect(await (await reset(handle, 2)).result()).toEqual(done);
  expect(await world.registry.history('back')).toHaveLength(3);
});
