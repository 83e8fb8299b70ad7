import { setTimeout } from 'node:timers/promises';
import fastify, { type FastifyError, type FastifyReply } from 'fastify';
import { InvalidInput, UnknownPipeline, UnknownVersion, type ContinualError } from '../contracts';
import { loadBackend } from '../learning';
import type { Registry } from '../registry';
import { Champion, type Log } from './champion';
import { addRoutes } from './routes';

export interface ServerOptions {
  registry: Registry;
  /** Each is served as a model of its own name. */
  pipelines: string[];
  /** `127.0.0.1` where left out: only this machine. The protocol knows no login; put a proxy in front of anything else. */
  host?: string;
  /** 0 or left out: a free one. */
  port?: number;
  /** How often the champion is looked up; 1000 where left out. */
  pollMilliseconds?: number;
  logger?: Log;
}
export interface Server {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  /** Takes no more requests, answers those in flight, then ends; what is not answered after 10 seconds is cut off. */
  close(): Promise<void>;
}

const patienceMilliseconds = 10_000;
const megabyte = 1024 * 1024;
const bodyLimit = 16 * megabyte;
const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Serves the champions of some pipelines by the Open Inference Protocol, version 2, over HTTP and JSON, and follows each
 * alias: a new champion is swapped in without a failed request. A pipeline without a champion is not ready until it has one.
 * Throws `InvalidInput` when the port is taken or the host is none of this machine.
 *
 * @example const { url, close } = await startServer({ registry, pipelines: ['electricity'], port: 8080 });
 */
export async function startServer({ registry, pipelines, host = '127.0.0.1', port = 0, pollMilliseconds = 1000, logger = silent }: ServerOptions): Promise<Server> {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const { name: backend, tensorflow } = await loadBackend(['native', 'wasm', 'js'], { convolution: false });
  logger.info(`models run on ${tensorflow} (${backend})`);
  const champions = new Map(pipelines.map((name) => [name, new Champion(name, registry, logger)]));
  await Promise.all([...champions.values()].map((champion) => champion.look()));

  const app = fastify({
    logger: false, bodyLimit, requestTimeout: 60_000,
    frameworkErrors: (error, _, reply) => void (reply as unknown as FastifyReply).code(400).send({ error: error.message }),
  });
  app.removeContentTypeParser('text/plain'); // another type is 415, and not a body without inputs
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `there is no ${request.method} ${request.url}; see GET /v2 and the Open Inference Protocol.` }),
  );
  app.setErrorHandler<FastifyError | ContinualError>((error, request, reply) => {
    const { status, message } = answerTo(error);
    if (status >= 500) logger.error(`${request.method} ${request.url}: ${error.stack ?? error.message}`);
    return reply.code(status).send({ error: message });
  });
  addRoutes(app, champions);

  const url = await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    for (const champion of champions.values()) champion.close();
    throw notListening(error, host, port);
  });
  const polls = [...champions.values()].map((champion) => poll(champion, pollMilliseconds));
  return {
    url,
    async close() {
      // Node's own limits on a slow client end with the listening.
      const patience = globalThis.setTimeout(() => app.server.closeAllConnections(), patienceMilliseconds);
      await Promise.all([app.close(), ...polls.map((stop) => stop())]);
      clearTimeout(patience);
      for (const champion of champions.values()) champion.close();
    },
  };
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') return new InvalidInput(`port ${port} is taken; name another one, or 0 for a free one.`);
  if (error.code === 'EACCES') return new InvalidInput(`port ${port} may not be taken by this user; name one from 1024 on, or 0 for a free one.`);
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(error.code ?? '')) return new InvalidInput(`host ${host} is no address of this machine; 127.0.0.1 is.`);
  return error;
}

/** Looks again and again until it is stopped; stopping waits for the look that is under way. */
function poll(champion: Champion, milliseconds: number): () => Promise<void> {
  const stop = new AbortController();
  const looking = (async () => {
    while (await setTimeout(milliseconds, true, { signal: stop.signal }).catch(() => false)) await champion.look();
  })();
  return () => {
    stop.abort();
    return looking;
  };
}

function answerTo(error: FastifyError | ContinualError): { status: number; message: string } {
  if (error instanceof UnknownPipeline || error instanceof UnknownVersion) return { status: 404, message: error.message };
  if (error instanceof InvalidInput) return { status: 400, message: error.message };
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status === 413) return { status, message: `the request is larger than ${bodyLimit / megabyte} MiB; send fewer rows at a time.` };
  if (status === 415) return { status, message: 'send JSON with the header content-type: application/json.' };
  if (status < 500) return { status, message: error.message };
  return { status: 500, message: 'the server failed to answer; its log says why.' };
}
