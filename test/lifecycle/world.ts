import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApplicationFailure, Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { pipelineSchema, type PipelineInput, type RollbackResult, type RunResult, type RunStatus } from '../../contracts';
import { openStore, Registry } from '../../registry';
import { ContinualTrainingPlugin, LifecyclePlugin, TrainingPlugin } from '../../workers';
import { startTemporal, type TemporalServer } from '../setup/temporal';
import { csv, type Label } from './rows';

/** The queue of the worker that does everything. */
export const queue = 'continual';
export type Handle = WorkflowHandle;
const plugins = { all: ContinualTrainingPlugin, lifecycle: LifecyclePlugin, training: TrainingPlugin };

/** A dev server, a files store and workers: what a run needs, in one process. */
export class World {
  readonly storeUri: string;
  readonly registry: Registry;
  private readonly running: { worker: Worker; ended: Promise<void> }[] = [];
  private runs = 0;

  private constructor(
    readonly folder: string,
    readonly server: TemporalServer,
    readonly client: Client,
    readonly connection: NativeConnection,
    private readonly workflowBundle: WorkflowBundleWithSourceMap,
  ) {
    this.storeUri = pathToFileURL(join(folder, 'store')).href;
    this.registry = new Registry(openStore(this.storeUri));
  }

  /** Starts the server and one worker for everything. `folder` is removed first and last; a new one where it is left out. */
  static async start({ folder, searchAttributes = {} }: { folder?: string; searchAttributes?: Record<string, string> } = {}): Promise<World> {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    const logger = new DefaultLogger('ERROR');
    Runtime.install({ logger, telemetryOptions: { logging: { filter: 'OFF' } } });
    const [server, bundle] = await Promise.all([
      startTemporal({ searchAttributes }),
      bundleWorkflowCode({ workflowsPath: require.resolve('../../workflows'), payloadConverterPath: require.resolve('../../workflows/payload-converter'), logger }),
    ]);
    const client = new Client({ connection: await Connection.connect({ address: server.address }), identity: 'test' });
    const connection = await NativeConnection.connect({ address: server.address });
    const world = new World(folder ?? mkdtempSync(join(tmpdir(), 'continual-lifecycle-')), server, client, connection, bundle);
    await world.work(queue, 'all');
    return world;
  }

  /** Starts another worker; `stop` shuts it down in good order. */
  async work(taskQueue: string, plugin: keyof typeof plugins, options: Pick<WorkerOptions, 'maxCachedWorkflows'> = {}): Promise<{ stop(): Promise<void> }> {
    const worker = await Worker.create({
      connection: this.connection,
      namespace: 'default',
      taskQueue,
      identity: `${plugin} worker`,
      shutdownGraceTime: '1s',
      plugins: [new plugins[plugin]({ store: this.storeUri })],
      ...options,
      ...(plugin === 'training' ? {} : { workflowBundle: this.workflowBundle }),
    });
    const entry = { worker, ended: worker.run() };
    entry.ended.catch(() => undefined);
    this.running.push(entry);
    return { stop: () => this.end(entry) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((entry) => this.end(entry)));
    await this.connection.close();
    await this.client.connection.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Applies a pipeline that trains within a second; what is given replaces the defaults section by section. */
  async define(name: string, over: Partial<PipelineInput> = {}): Promise<void> {
    const pipeline: PipelineInput = {
      name,
      source: { files: join(this.folder, name, '*.csv'), time: 'time' },
      label: { column: 'label' },
      model: { mlp: [8] },
      approval: { when: 'never' },
      ...over,
      features: { cycles: [], ...over.features },
      learning: { epochs: 1, scratchEpochs: 4, batch: 16, rate: 0.02, ...over.learning },
      retrain: { minimumRows: 50, ...over.retrain },
      gates: { margin: 0.2, forgetting: 0.2, minimumRows: 20, ...over.gates },
    };
    await this.registry.apply(pipelineSchema.parse(pipeline));
  }

  /** Gives the pipeline's source the rows from…to, as a file of their own. */
  write(pipeline: string, from: number, to: number, label?: Label): void {
    this.put(pipeline, from, csv(from, to, label));
  }

  /** The same with a file's text as it is to be. */
  put(pipeline: string, from: number, text: string): void {
    mkdirSync(join(this.folder, pipeline), { recursive: true });
    writeFileSync(join(this.folder, pipeline, `${String(from).padStart(6, '0')}.csv`), text);
  }

  /** Starts a workflow with these arguments, whatever they are. */
  begin(workflow: 'retrain' | 'rollback', ...args: unknown[]): Promise<Handle> {
    return this.beginOn(queue, workflow, ...args);
  }

  beginOn(taskQueue: string, workflow: 'retrain' | 'rollback', ...args: unknown[]): Promise<Handle> {
    return this.client.workflow.start(workflow, { taskQueue, workflowId: `run-${++this.runs}`, args, workflowRunTimeout: '3m' });
  }

  async run(pipeline: string, input: { until?: string } = {}): Promise<RunResult> {
    return (await this.begin('retrain', { pipeline, ...input })).result() as Promise<RunResult>;
  }

  async rollBack(pipeline: string, to?: string): Promise<RollbackResult> {
    return (await this.begin('rollback', { pipeline, reason: 'wrong since Monday', ...(to === undefined ? {} : { to }) })).result() as Promise<RollbackResult>;
  }

  /** Meanwhile the store fails wherever the pipeline's champion is read or written, as a service does that is away. */
  async withoutAliases(pipeline: string, work: () => Promise<unknown>): Promise<void> {
    const aliases = join(this.folder, 'store', 'aliases', pipeline);
    mkdirSync(aliases, { recursive: true });
    renameSync(aliases, `${aliases}.kept`);
    symlinkSync(aliases, aliases);
    await work().finally(() => {
      rmSync(aliases);
      renameSync(`${aliases}.kept`, aliases);
    });
  }

  /** The failure that a workflow ended with. */
  async failure(handle: Handle): Promise<ApplicationFailure> {
    const error: unknown = await handle.result().then(() => new Error('the workflow did not fail'), (reason: unknown) => reason);
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
    throw error;
  }

  /** A first run of a new pipeline, which waits for a decision on 1.1.0. */
  async waiting(pipeline: string, approval: PipelineInput['approval'] = { when: 'always' }): Promise<Handle> {
    await this.define(pipeline, { approval });
    this.write(pipeline, 0, 300);
    const handle = await this.begin('retrain', { pipeline });
    await this.phase(handle, 'awaiting-approval');
    return handle;
  }

  status(handle: Handle): Promise<RunStatus> {
    return handle.query<RunStatus>('status');
  }

  /** Waits until the run is in the phase. */
  async phase(handle: Handle, phase: RunStatus['phase']): Promise<RunStatus> {
    return until(async () => {
      const status = await this.status(handle);
      return status.phase === phase && status;
    }, `the phase ${phase}`);
  }

  /** How often an event of this kind stands in the run's history. */
  async events(handle: Handle, kind: string): Promise<number> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter((event) => (event as unknown as Record<string, unknown>)[`${kind}EventAttributes`]).length;
  }

  private async end({ worker, ended }: { worker: Worker; ended: Promise<void> }): Promise<void> {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  }
}

/** The world of a test file; see `startWorld`. */
export let world: World;

/** Starts the world before the file's first test and stops it after the last; each test may take two minutes. */
export function startWorld(): void {
  beforeAll(async () => {
    world = await World.start();
  }, 120_000);
  afterAll(() => world?.stop(), 60_000);
  jest.setTimeout(120_000);
}

/** Asks again and again until the answer is neither false nor null; fails after 60 s. */
export async function until<T>(ask: () => Promise<T | false | null>, what: string): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await new Promise((done) => setTimeout(done, 50))) {
    const answer = await ask();
    if (answer !== false && answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`waited 60 s in vain for ${what}`);
  }
}
