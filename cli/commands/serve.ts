import { Option } from 'commander';
import { pino } from 'pino';
import { CorruptArtifact, InvalidInput, NewerRelease } from '../../contracts';
import type { Registry } from '../../registry';
import { portOf, type Cli, type JsonOption } from '../cli';
import type { Io } from '../io';
import { untilTold } from '../signals';
import { openRegistry, storeOption, type StoreOption } from '../store';

interface ServeOptions extends StoreOption, JsonOption {
  host: string;
  port: string;
}

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

function logLevel({ env }: Io): string {
  const level = env.LOG_LEVEL || 'info';
  if (levels.includes(level)) return level;
  throw new InvalidInput(`LOG_LEVEL is ${level}: one of ${levels.join(', ')} was expected`);
}

/** What cannot be read of it is told by the server, which serves the other pipelines, and this one once it is put right. */
async function demandKnown(registry: Registry, pipeline: string): Promise<void> {
  await registry.pipeline(pipeline).catch((error: unknown) => {
    if (!(error instanceof CorruptArtifact || error instanceof NewerRelease)) throw error;
  });
}

/** `continual serve`: the champions over HTTP. */
export function addServe(cli: Cli): void {
  cli
    .command('serve <pipelines...>', 'serve the champions by the Open Inference Protocol until SIGINT or SIGTERM', ['serve electricity', 'serve electricity weather --port 9000'])
    .option('--host <address>', 'address to listen on; the protocol knows no login', '127.0.0.1')
    .addOption(new Option('--port <number>', 'port to listen on; 0 takes a free one').default('8080'))
    .addOption(storeOption())
    .action(
      cli.action(async (pipelines: string[], options: ServeOptions) => {
        const port = portOf(options.port, '--port');
        const level = logLevel(cli.io);
        const registry = openRegistry(cli.io, options);
        for (const pipeline of pipelines) await demandKnown(registry, pipeline);
        // TensorFlow prints its build on loading, and reads this only then.
        process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
        const { startServer } = await import('../../serving/index.js');
        const logger = pino({ level }, pino.destination(2));
        const told = untilTold();
        const server = await startServer({ registry, pipelines, host: options.host, port, logger });
        cli.print(options, { url: server.url, pipelines }, () =>
          [`serving at ${server.url}; end it with Ctrl-C`, ...pipelines.map((name) => `  POST ${server.url}/v2/models/${name}/infer`)].join('\n'),
        );
        await told;
        await server.close();
      }),
    );
}
