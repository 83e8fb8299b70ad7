import type { FastifyInstance, FastifyReply } from 'fastify';
import { UnknownPipeline, UnknownVersion } from '../contracts';
import type { Champion } from './champion';
import { infer, metadata } from './model';
import { parseRequest } from './protocol';
import type { Served } from './served';

interface Params {
  model: string;
  version?: string;
}
interface Route {
  Params: Params;
}

/** The paths of the Open Inference Protocol, version 2. */
export function addRoutes(app: FastifyInstance, champions: ReadonlyMap<string, Champion>): void {
  const find = ({ model }: Params): Champion => {
    const champion = champions.get(model);
    if (champion) return champion;
    throw new UnknownPipeline(`no model ${JSON.stringify(model.slice(0, 80))} is served here; there are ${[...champions.keys()].join(', ')}.`);
  };

  app.get('/v2', () => ({ name: 'temporal-continual-training', version: '2', extensions: [] }));
  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', (_, reply) => {
    const waiting = [...champions.values()].filter(({ served }) => served === null);
    return waiting.length === 0 ? { ready: true } : notReady(reply, { ready: false, error: waiting.map(({ problem }) => problem).join(' ') });
  });

  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<Route>(path, ({ params }, reply) => {
      const champion = find(params);
      const served = serving(champion, params);
      return served ? metadata(served.loaded, champion.problem) : notReady(reply, { error: champion.problem });
    });
    app.get<Route>(`${path}/ready`, ({ params }, reply) => {
      const champion = find(params);
      const served = serving(champion, params);
      return served ? { name: champion.pipeline, ready: true } : notReady(reply, { ready: false, error: champion.problem });
    });
    app.post<Route>(`${path}/infer`, async ({ params, body }, reply) => {
      const champion = find(params);
      const request = parseRequest(body);
      // Taken once per request: a swap meanwhile changes what the next request gets, not this one.
      const served = serving(champion, params);
      return served ? served.use((loaded) => infer(loaded, request)) : notReady(reply, { error: champion.problem });
    });
  }
}

/** What serves, if it is the version that was asked for. */
function serving({ served, pipeline }: Champion, { version }: Params): Served | null {
  if (served === null || version === undefined || version === served.loaded.version) return served;
  throw new UnknownVersion(
    `${pipeline} ${version.slice(0, 40)} is not loaded; ${served.loaded.version} is the champion. Leave the version out to get whatever is.`,
  );
}

const notReady = (reply: FastifyReply, body: { ready?: false; error: string | null }) => reply.code(503).send(body);
