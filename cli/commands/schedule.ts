import { ScheduleOverlapPolicy, type ScheduleDescription } from '@temporalio/client';
import type { Command } from 'commander';
import { taskQueueOf, taskQueueOption, type Cli, type JsonOption, type TaskQueueOption } from '../cli';
import { withTemporal, type Temporal } from '../connection';
import { exitCodes } from '../exit';
import { applySchedule, describeSchedule, listSchedules } from '../schedules';
import { openRegistry, storeOption, type StoreOption } from '../store';
import { shortTime, table } from '../text';

/** `continual schedule …`: runs by the clock. */
export function addSchedule(cli: Cli): void {
  const schedule = cli.program.command('schedule').summary('start runs by the clock').description('Start runs by the clock: cron or interval, one run of a pipeline at a time.');
  addApply(cli, schedule);
  addList(cli, schedule);
  addPause(cli, schedule);
  addResume(cli, schedule);
  addTrigger(cli, schedule);
  addRemove(cli, schedule);
}

function addApply(cli: Cli, schedule: Command): void {
  cli
    .command('apply <pipeline>', 'make the schedule as the applied pipeline says; a pause stays', ['schedule apply electricity'], schedule)
    .addOption(taskQueueOption())
    .addOption(storeOption())
    .action(
      cli.action(async (name: string, options: StoreOption & TaskQueueOption & JsonOption) => {
        const { pipeline } = await openRegistry(cli.io, options).pipeline(name);
        await withTemporal(cli.io, async (temporal) => {
          const { applied, description } = await applySchedule(temporal, pipeline, taskQueueOf(cli.io, options));
          cli.print(options, { applied, ...view(name, description) }, () => `${description.scheduleId}: ${applied}; ${stateText(name, description)}`);
        });
      }),
    );
}

function addList(cli: Cli, schedule: Command): void {
  cli
    .command('list', 'all schedules, paused or not, and when they run next', ['schedule list', 'schedule list --json'], schedule)
    .addOption(storeOption())
    .action(
      cli.action(async (options: StoreOption & JsonOption) => {
        const pipelines = await openRegistry(cli.io, options).pipelines();
        await withTemporal(cli.io, async (temporal) => {
          const schedules = (await listSchedules(temporal, pipelines)).map(({ pipeline, description }) => view(pipeline, description));
          cli.print(options, { schedules }, () =>
            schedules.length === 0
              ? 'no schedules yet; make one with: continual schedule apply <pipeline>'
              : table(
                  ['pipeline', 'state', 'next', 'last run', 'note'],
                  schedules.map((one) => [one.pipeline, one.paused ? 'paused' : 'active', one.next === null ? '-' : shortTime(one.next), one.lastRun ?? '-', one.note ?? '']),
                ),
          );
        });
      }),
    );
}

function addPause(cli: Cli, schedule: Command): void {
  cli
    .command('pause <pipeline>', 'start no more runs until it is resumed', ['schedule pause electricity --reason "the meters are being changed"'], schedule)
    .option('--reason <text>', 'why; shown in lists and in the Temporal UI')
    .action(
      cli.action((pipeline: string, options: JsonOption & { reason?: string }) =>
        change(cli, pipeline, options, ({ handle }) => handle.pause(options.reason?.trim() || 'paused by continual schedule pause')),
      ),
    );
}

function addResume(cli: Cli, schedule: Command): void {
  cli.command('resume <pipeline>', 'run by the clock again', ['schedule resume electricity'], schedule).action(
    cli.action((pipeline: string, options: JsonOption) =>
      change(cli, pipeline, options, ({ handle }) => handle.unpause('resumed by continual schedule resume')),
    ),
  );
}

function addTrigger(cli: Cli, schedule: Command): void {
  cli.command('trigger <pipeline>', 'start the scheduled run now; refused while one is in progress', ['schedule trigger electricity'], schedule).action(
    cli.action((pipeline: string, options: JsonOption) =>
      withTemporal(cli.io, async (temporal) => {
        const { handle, description } = await describeSchedule(temporal, pipeline);
        const running = description.info.runningActions.map(({ workflow }) => workflow.workflowId);
        if (running.length === 0) await handle.trigger(ScheduleOverlapPolicy.SKIP);
        cli.print(options, { pipeline, triggered: running.length === 0, running }, () =>
          running.length === 0 ? `${pipeline}: triggered; follow it: continual status ${pipeline} --watch` : `${pipeline}: refused, ${running.join(', ')} is in progress`,
        );
        return running.length === 0 ? exitCodes.ok : exitCodes.refused;
      }),
    ),
  );
}

function addRemove(cli: Cli, schedule: Command): void {
  cli.command('remove <pipeline>', 'remove the schedule; runs in progress go on', ['schedule remove electricity'], schedule).action(
    cli.action((pipeline: string, options: JsonOption) =>
      withTemporal(cli.io, async (temporal) => {
        const { handle } = await describeSchedule(temporal, pipeline);
        await handle.delete();
        cli.print(options, { pipeline, removed: true }, () => `${pipeline}: schedule removed`);
      }),
    ),
  );
}

type Described = Awaited<ReturnType<typeof describeSchedule>>;

async function change(cli: Cli, pipeline: string, options: JsonOption, make: (schedule: Described) => Promise<void>): Promise<void> {
  await withTemporal(cli.io, async (temporal: Temporal) => {
    await make(await describeSchedule(temporal, pipeline));
    const { description } = await describeSchedule(temporal, pipeline);
    cli.print(options, view(pipeline, description), () => `${pipeline}: ${stateText(pipeline, description)}`);
  });
}

/** What `--json` shows of a schedule. */
function view(pipeline: string, { scheduleId, state, info }: ScheduleDescription) {
  return {
    pipeline,
    scheduleId,
    paused: state.paused,
    note: state.note ?? null,
    next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    lastRun: info.recentActions.at(-1)?.action.workflow.workflowId ?? null,
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
  };
}

function stateText(pipeline: string, { state, info }: ScheduleDescription): string {
  if (state.paused) return `paused${state.note ? ` (${state.note})` : ''}; resume with: continual schedule resume ${pipeline}`;
  const next = info.nextActionTimes[0];
  return next ? `active, next run ${shortTime(next)}` : 'active, but no run is to come';
}
