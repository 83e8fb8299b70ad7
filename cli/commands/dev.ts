import { join, resolve } from 'node:path';
import { portOf, taskQueueOf, taskQueueOption, type Cli, type JsonOption, type TaskQueueOption } from '../cli';
import { startDevServer } from '../dev-server';
import type { Io } from '../io';
import { storeOption, storeUri, type StoreOption } from '../store';
import { moduleOption, modulePaths, runWorker, type ModuleOption } from '../worker-run';

interface DevOptions extends StoreOption, TaskQueueOption, ModuleOption, JsonOption {
  port: string;
  uiPort?: string;
  db?: string;
}

const trainingQueue = 'training';

/** What another terminal in this folder has to set so that its commands find what this one started: nothing that is the default. */
export function environmentOf(io: Io, { address, store, taskQueue }: { address: string; store: string; taskQueue: string }): string {
  const bare = { ...io, env: {} };
  const settings = [
    ['TEMPORAL_ADDRESS', address, '127.0.0.1:7233'],
    ['CONTINUAL_STORE', store, storeUri(bare, {})],
    ['CONTINUAL_TASK_QUEUE', taskQueue, taskQueueOf(bare, {})],
  ] as const;
  return settings.flatMap(([name, value, usual]) => (value === usual ? [] : [`${name}=${quoted(value)} `])).join('');
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** `continual dev`: Temporal and a worker on this machine, nothing else to install. */
export function addDev(cli: Cli): void {
  cli
    .command('dev', "run Temporal's dev server, its UI and workers here until SIGINT or SIGTERM", ['dev', 'dev --port 7333 --ui-port 8333'])
    .option('--port <number>', "Temporal's port", '7233')
    .option('--ui-port <number>', "the UI's port (default: Temporal's port plus 1000)")
    .option('--db <file>', "Temporal's database (default: .continual/temporal.db in this folder)")
    .addOption(moduleOption())
    .addOption(taskQueueOption())
    .addOption(storeOption())
    .action(
      cli.action(async (options: DevOptions) => {
        const { io } = cli;
        const modules = modulePaths(options, io.cwd);
        const [taskQueue, store] = [taskQueueOf(io, options), storeUri(io, options)];
        const server = await startDevServer({
          port: portOf(options.port, '--port'),
          ...(options.uiPort === undefined ? {} : { uiPort: portOf(options.uiPort, '--ui-port') }),
          db: resolve(io.cwd, options.db || join('.continual', 'temporal.db')),
          env: io.env,
        });
        try {
          const { address, uiUrl } = server;
          const shared = { settings: { address, namespace: 'default', connectionOptions: { address } }, store, modules };
          // The queue of a training worker as docker-compose.yml starts one, so that the same pipelines run here.
          const training = runWorker({ ...shared, taskQueue: trainingQueue, plugin: 'training', onReady: () => undefined });
          const lifecycle = runWorker({
            ...shared,
            taskQueue,
            plugin: 'all',
            onReady: () =>
              cli.print(options, { address, ui: uiUrl, namespace: 'default', taskQueue, trainingQueue, store }, () =>
                [
                  `Temporal ${address}, UI ${uiUrl}, workers on ${taskQueue} and ${trainingQueue}, store ${store}`,
                  `next, in another terminal: ${environmentOf(io, { address, store, taskQueue })}continual apply <file>; end all with Ctrl-C`,
                ].join('\n'),
              ),
          });
          await Promise.all([lifecycle, training]);
        } finally {
          await server.stop();
        }
      }),
    );
}
