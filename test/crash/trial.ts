import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { AuditEntry, RunResult, RunStatus } from '../../contracts';
import { openStore, Registry } from '../../registry';
import { startChild, type Child } from '../setup/child';
import { pipelineName } from './market';
import { childrenOf, isRunning, until } from './processes';
import type { World } from './world';

/** One run of `retrain` on a store and a worker process of its own, which can be killed. */
export class Trial {
  readonly registry: Registry;
  private handle!: WorkflowHandle;
  private worker!: Child;
  /** Workers that were killed or left alone, and training processes; none may outlive the trial. */
  private readonly all = new Set<Child>();
  private approved = false;
  /** Files of a store in a folder that were there before the run. */
  private readonly known: Set<string>;

  private constructor(
    private readonly world: World,
    readonly name: string,
    private readonly store: string,
    private readonly environment: Record<string, string>,
  ) {
    this.registry = new Registry(openStore(store));
    this.known = new Set(this.files());
  }

  /** Starts a worker, and a run over the rows before `before`. */
  static async start(world: World, name: string, store: string, before?: string, environment: Record<string, string> = {}): Promise<Trial> {
    const trial = new Trial(world, name, store, environment);
    await trial.startWorker();
    const until = before === undefined ? {} : { until: before };
    trial.handle = await world.client.workflow.start('retrain', { taskQueue: name, workflowId: name, args: [{ pipeline: pipelineName, ...until }] });
    return trial;
  }

  /** The public command, as a process of its own. */
  async startWorker(): Promise<void> {
    const settings = { TEMPORAL_ADDRESS: this.world.address, CONTINUAL_STORE: this.store, CONTINUAL_CHECKPOINT_SECONDS: '0.2', ...this.environment };
    const program = join(__dirname, '..', '..', 'cli', 'main.js');
    this.worker = await startChild(
      'env', // becomes the program itself, with these settings
      [...Object.entries(settings).map(([name, value]) => `${name}=${value}`), process.execPath, program, 'worker', '--task-queue', this.name],
      () => Promise.resolve(),
    );
    this.all.add(this.worker);
  }

  /** kill -9, then a new worker. The training process must end by itself: nobody is left to train for. */
  async killWorker(): Promise<void> {
    const orphans = childrenOf(this.worker.process.pid!);
    await this.worker.kill9();
    await this.startWorker();
    await until('the training process ends with its worker', () => !orphans.some(isRunning), { every: 50, within: 30_000 });
  }

  /** Ctrl-C in a terminal, or a service manager: the worker and its training process are told to end. Waits until both have. */
  async endWorker(): Promise<void> {
    const { process: worker, output } = this.worker;
    const pids = [...childrenOf(worker.pid!), worker.pid!];
    for (const pid of pids) process.kill(pid, 'SIGTERM');
    const told = (): boolean => worker.exitCode !== null || worker.signalCode !== null;
    await until('the worker and its training process end', () => !pids.some(isRunning) && told(), { every: 50, within: 60_000 });
    if (worker.exitCode !== 0) throw new Error(`the worker ended with ${worker.signalCode ?? worker.exitCode}:\n${output()}`);
  }

  /** kill -9 of the training process, as soon as there is one. */
  async killTraining(): Promise<void> {
    const children = () => childrenOf(this.worker.process.pid!);
    await until('there is a training process', () => children().length > 0, { within: 30_000 });
    for (const pid of children()) process.kill(pid, 'SIGKILL');
  }

  killServer(): Promise<void> {
    return this.world.killServer();
  }

  get trains(): boolean {
    return childrenOf(this.worker.process.pid!).length > 0;
  }

  /** Stops the worker and its training process in their tracks, as a machine that sleeps does, and starts another worker. */
  async replaceSleeper(): Promise<Sleeper> {
    const { process: { pid }, stop } = this.worker;
    const pids = [...childrenOf(pid!), pid!];
    for (const sleeper of pids) process.kill(sleeper, 'SIGSTOP');
    await this.startWorker();
    return { wake: () => pids.forEach((sleeper) => process.kill(sleeper, 'SIGCONT')), stop };
  }

  /** Waits for the moment. One that was missed would prove nothing: it is an error. */
  async until(moment: Moment, every = 3): Promise<void> {
    let looked = Date.now();
    await until(`${this.name}: ${moment.name}`, async () => {
      if (await moment.came(this)) return true;
      if (Date.now() - looked < 500) return false;
      looked = Date.now();
      if (moment.approved) await this.approve();
      const passed = (await this.isOver()) || (!moment.approved && (await this.phase()) === 'awaiting-approval');
      if (await moment.came(this)) return true;
      if (passed) throw new Error(`the run went on without: ${moment.name}`);
      return false;
    }, { every });
  }

  /** Approves where the run asks, waits for its end, ends the worker. */
  async finish(): Promise<RunResult> {
    await until(`${this.name}: the run ends`, async () => {
      if (this.worker.process.exitCode !== null) throw new Error(`the worker ended by itself:\n${this.worker.output()}`);
      await this.approve();
      return this.isOver();
    }, { every: 50, within: 300_000 });
    return (await this.current.result()) as RunResult;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.all].map((worker) => worker.kill9()));
  }

  /** The phase that the run says it is in; null while nobody answers. */
  async phase(): Promise<RunStatus['phase'] | null> {
    return this.current.query<RunStatus>('status').then(({ phase }) => phase, () => null);
  }

  /** Steps that a worker has taken and not yet reported. */
  async stepsUnderWay(): Promise<string[]> {
    const description = await this.current.describe().catch(() => null);
    return (description?.raw.pendingActivities ?? []).flatMap(({ activityType, state }) => (state === started ? [activityType!.name!] : []));
  }

  /** The training has said how far it is. */
  async hasProgress(): Promise<boolean> {
    const description = await this.current.describe().catch(() => null);
    return (description?.raw.pendingActivities ?? []).some(({ activityType, heartbeatDetails }) => activityType!.name === 'train' && heartbeatDetails);
  }

  /** Why the last attempts of open steps failed. */
  async failures(): Promise<string[]> {
    const description = await this.current.describe().catch(() => null);
    return (description?.raw.pendingActivities ?? []).flatMap(({ lastFailure }) => lastFailure?.applicationFailureInfo?.type ?? []);
  }

  /** Signals once, and never again when it may have arrived. */
  private async approve(): Promise<void> {
    if (this.approved) return;
    try {
      const { phase, candidate } = await this.current.query<RunStatus>('status');
      if (phase !== 'awaiting-approval') return;
      if ((await this.current.query<AuditEntry[]>('approvals')).length === 0) await this.current.signal('approve', { candidate });
      this.approved = true;
    } catch {
      // A server or worker that was just killed; asked again.
    }
  }

  /** What the run has written so far to a store in a folder. */
  written(): string[] {
    return this.files().filter((file) => !this.known.has(file));
  }

  private files(): string[] {
    const folder = this.store.startsWith('file:') ? fileURLToPath(this.store) : '';
    try {
      return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
    } catch {
      return []; // a folder went while it was read
    }
  }

  async isOver(): Promise<boolean> {
    return this.current.describe().then(({ status }) => status.name !== 'RUNNING', () => false);
  }

  /** The server may have been started anew, and the client with it. */
  private get current(): WorkflowHandle {
    return this.world.client.workflow.getHandle(this.handle.workflowId);
  }
}

/** PENDING_ACTIVITY_STATE_STARTED */
const started = 2;

export interface Sleeper {
  /** It goes on where it was. */
  wake(): void;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** A point in a run that can be seen from outside. */
export interface Moment {
  name: string;
  came(trial: Trial): boolean | Promise<boolean>;
  /** It comes after the approval, which must be given to see it. */
  approved?: true;
}
