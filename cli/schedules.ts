import { isDeepStrictEqual } from 'node:util';
import {
  ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type ScheduleDescription, type ScheduleHandle, type ScheduleOptions,
} from '@temporalio/client';
import { InvalidInput, milliseconds, type Pipeline } from '../contracts';
import type { Temporal } from './connection';
import { messageOf } from './exit';

const prefix = 'continual-';
export const scheduleId = (pipeline: string): string => `${prefix}${pipeline}`;

/** Temporal's schedule for a pipeline: what `schedule` in its file says, one run at a time. */
export function scheduleOptions(pipeline: Pipeline, taskQueue: string): Omit<ScheduleOptions, 'state' | 'memo'> {
  const { name, schedule } = pipeline;
  if (schedule === undefined)
    throw new InvalidInput(`pipeline ${name} has no schedule; add one to its file, such as schedule: { cron: "0 6 * * MON" }, and apply it: continual apply <file>`);
  return {
    scheduleId: scheduleId(name),
    spec: {
      ...(schedule.cron === undefined ? {} : { cronExpressions: [schedule.cron] }),
      ...(schedule.every === undefined ? {} : { intervals: [{ every: milliseconds(schedule.every) }] }),
      ...(schedule.timezone === undefined ? {} : { timezone: schedule.timezone }),
      jitter: milliseconds(schedule.jitter),
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: milliseconds(schedule.catchUp), pauseOnFailure: false },
    // Temporal appends the time to the id.
    action: { type: 'startWorkflow', workflowType: 'retrain', workflowId: `retrain-${name}`, taskQueue, args: [{ pipeline: name }], staticSummary: `retrain ${name}` },
  };
}

export type Applied = 'created' | 'updated' | 'unchanged';

/** Creates the schedule, or makes it as the pipeline says and leaves alone whether an operator paused it. */
export async function applySchedule({ client }: Temporal, pipeline: Pipeline, taskQueue: string): Promise<{ applied: Applied; description: ScheduleDescription }> {
  const options = scheduleOptions(pipeline, taskQueue);
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    await client.schedule.create(options);
    return { applied: 'created', description: await handle.describe() };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw asInvalid(pipeline, error);
  }
  const before = await handle.describe();
  await handle.update(({ state }) => ({ ...options, state })).catch((error: unknown) => {
    throw asInvalid(pipeline, error);
  });
  const description = await handle.describe();
  // Only the server knows what a cron expression means: its own two readings are compared.
  return { applied: isDeepStrictEqual(facts(before), facts(description)) ? 'unchanged' : 'updated', description };
}

const facts = ({ spec, action, policies }: ScheduleDescription): unknown => JSON.parse(JSON.stringify({ spec, action, policies }));

const asInvalid = (pipeline: Pipeline, error: unknown) =>
  error instanceof TypeError || /invalid|cron|time ?zone/i.test(messageOf(error))
    ? new InvalidInput(`schedule of ${pipeline.name} is ${JSON.stringify(pipeline.schedule)}: Temporal says ${messageOf(error)}`, { cause: error })
    : error;

/** The schedule of a pipeline. Throws `InvalidInput` where there is none. */
export async function describeSchedule({ client }: Temporal, pipeline: string): Promise<{ handle: ScheduleHandle; description: ScheduleDescription }> {
  const handle = client.schedule.getHandle(scheduleId(pipeline));
  try {
    return { handle, description: await handle.describe() };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw new InvalidInput(`${pipeline} has no schedule in Temporal; make it with: continual schedule apply ${pipeline}`);
    throw error;
  }
}

/** All of ours: those that Temporal lists (late, after a change) and those of the applied pipelines. */
export async function listSchedules(temporal: Temporal, pipelines: string[]): Promise<{ pipeline: string; description: ScheduleDescription }[]> {
  const names = new Set(pipelines);
  for await (const { scheduleId } of temporal.client.schedule.list()) if (scheduleId.startsWith(prefix)) names.add(scheduleId.slice(prefix.length));
  const found = await Promise.all(
    [...names].sort().map(async (pipeline) => {
      try {
        return { pipeline, description: await temporal.client.schedule.getHandle(scheduleId(pipeline)).describe() };
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return null;
        throw error;
      }
    }),
  );
  return found.filter((one) => one !== null);
}
