import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { IllegalStateError } from '@temporalio/common';
import { Option } from 'commander';
import { InvalidInput } from '../contracts';
import { connect, type Settings } from './connection';
import { messageOf } from './exit';

export type PluginName = 'lifecycle' | 'training' | 'all';
export interface ModuleOption {
  module?: string[];
}
export const moduleOption = () =>
  new Option('--module <path>', 'code that registers models or strategies; may be repeated').argParser((path: string, before: string[] | undefined) => [...(before ?? []), path]);

export interface WorkerRequest {
  settings: Pick<Settings, 'address' | 'namespace' | 'connectionOptions'>;
  taskQueue: string;
  store: string;
  plugin: PluginName;
  modules: string[];
  /** Called once the worker is about to poll. */
  onReady: () => void;
}

/** Runs a worker until the process is told to end (SIGINT, SIGTERM): it stops polling, lets steps checkpoint, and returns. */
export async function runWorker({ settings, taskQueue, store, plugin, modules, onReady }: WorkerRequest): Promise<void> {
  const { address, namespace, connectionOptions } = settings;
  // Loaded here because other commands should not wait for the worker's native part.
  const { NativeConnection, Runtime } = await import('@temporalio/worker');
  const { createWorker } = await import('../workers/index.js');
  try {
    // By itself the SDK's core writes its warnings to stdout, where the document of --json is.
    Runtime.install({ telemetryOptions: { logging: { forward: {} } } });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error; // it is there already
  }
  const connection = await connect(address, () => NativeConnection.connect(connectionOptions));
  try {
    const worker = await createWorker({ connection, namespace, taskQueue, store, plugin, modules });
    onReady();
    await worker.run();
  } finally {
    await connection.close();
  }
}

/** Paths of modules made absolute: files from the current folder, packages from its node_modules. */
export function modulePaths({ module = [] }: ModuleOption, cwd: string): string[] {
  return module.map((path) => {
    const file = resolve(cwd, path);
    if (existsSync(file) && isAbsolute(file)) return file;
    try {
      return createRequire(join(cwd, 'package.json')).resolve(path);
    } catch (cause) {
      throw new InvalidInput(`--module ${path}: neither a file in ${cwd} nor an installed package (${messageOf(cause).split('\n')[0]})`, { cause });
    }
  });
}
