import { Option } from 'commander';
import { taskQueueOf, taskQueueOption, type Cli, type JsonOption, type TaskQueueOption } from '../cli';
import { temporalSettings } from '../connection';
import { storeOption, storeUri, type StoreOption } from '../store';
import { moduleOption, modulePaths, runWorker, type ModuleOption, type PluginName } from '../worker-run';

interface WorkerOptions extends StoreOption, TaskQueueOption, ModuleOption, JsonOption {
  plugin: PluginName;
}

/** `continual worker`: our worker as it is. */
export function addWorker(cli: Cli): void {
  cli
    .command('worker', 'run a worker until SIGINT or SIGTERM', ['worker', 'worker --plugin lifecycle', 'worker --plugin training --task-queue gpu --module ./models.js'])
    .addOption(new Option('--plugin <part>', 'lifecycle: workflows and light steps; training: the steps that train').choices(['lifecycle', 'training', 'all']).default('all'))
    .addOption(moduleOption())
    .addOption(taskQueueOption())
    .addOption(storeOption())
    .action(
      cli.action(async (options: WorkerOptions) => {
        const settings = temporalSettings(cli.io);
        const { plugin } = options;
        const [taskQueue, store] = [taskQueueOf(cli.io, options), storeUri(cli.io, options)];
        const { address, namespace } = settings;
        await runWorker({
          settings, taskQueue, store, plugin,
          modules: modulePaths(options, cli.io.cwd),
          onReady: () => cli.print(options, { address, namespace, taskQueue, plugin, store }, () => `worker (${plugin}) polls ${taskQueue} of ${namespace} at ${address}; store ${store}; end it with Ctrl-C`),
        });
      }),
    );
}
