import { hostname } from 'node:os';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { histories, type Recorded } from './histories';

const recorded = histories();
const logger = new DefaultLogger('ERROR', () => undefined);
let current: WorkflowBundleWithSourceMap;
let changed: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  Runtime.install({ logger, telemetryOptions: { logging: { filter: 'OFF' } } });
  current = await bundleWorkflowCode({ workflowsPath: require.resolve('../../workflows'), payloadConverterPath: require.resolve('../../workflows/payload-converter'), logger });
  changed = await bundleWorkflowCode({ workflowsPath: require.resolve('./changed-workflows'), logger });
}, 120_000);

const replay = (workflowBundle: WorkflowBundleWithSourceMap, { history }: Recorded) => Worker.runReplayHistory({ workflowBundle }, history);

test('a history is kept of every way that a run can go', () => {
  const outcomes = recorded.flatMap(({ text }) => /"outcome":"(\w+)"/.exec(results(text))?.[1] ?? []);
  expect(new Set(outcomes)).toEqual(new Set(['promoted', 'skipped', 'refused', 'rejected', 'superseded']));
  expect(recorded.filter(({ text }) => text.includes('"name": "rollback"')).length).toBeGreaterThan(0);
});

test('a history is kept of runs with a surgery', () => {
  const actions = recorded.flatMap(({ text }) => /"action":"(\w+)"/.exec(results(text))?.[1] ?? []);
  expect(new Set(actions)).toEqual(new Set(['skip', 'stateless', 'stateful', 'surgery']));
});

test.each(recorded)('runs in flight since $name go on with these workflows', async (recorded) => {
  await replay(current, recorded);
});

test.each(recorded)('the gate bites: workflows with one more step cannot go on from $name', async (recorded) => {
  await expect(replay(changed, recorded)).rejects.toThrow(DeterminismViolationError);
});

test.each(recorded)('no name or path of a machine stands in $name', ({ text }) => {
  expect(`${text}\n${payloads(text)}`).not.toContain(hostname());
  const paths = [...payloads(text).matchAll(/"(?:file:\/\/)?(\/[^"]*)"/g)].map(([, path]) => path!);
  expect(paths.filter((path) => !path.startsWith('/tmp/continual-replay/'))).toEqual([]);
  const identities = [...text.matchAll(/"identity": "([^"]*)"/g)].map(([, identity]) => identity!);
  expect(identities.filter((identity) => !['test', 'all worker'].includes(identity))).toEqual([]);
});

/** Payloads stand in a history as base64. */
const payloads = (text: string): string => [...text.matchAll(/"data": "([^"]+)"/g)].map(([, data]) => Buffer.from(data!, 'base64').toString()).join('\n');

/** What the run returned. */
const results = (text: string): string => payloads(/"workflowExecutionCompletedEventAttributes"[^]*$/.exec(text)?.[0] ?? '');
