import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { InvalidInput } from '../contracts';
import { messageOf, TemporalUnreachable } from './exit';
import type { Io } from './io';

export type Settings = ReturnType<typeof temporalSettings>;

/** Where Temporal is, by its own environment configuration: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, its file. */
export function temporalSettings({ env }: Pick<Io, 'env'>) {
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: overrides(env) });
    const { address = '127.0.0.1:7233' } = connectionOptions;
    return { address, namespace, connectionOptions: { ...connectionOptions, address } };
  } catch (cause) {
    throw new InvalidInput(`Temporal's configuration: ${messageOf(cause)}; see TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE`, { cause });
  }
}

const overrides = (env: NodeJS.ProcessEnv) => Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** Whether the environment or a configuration file says where Temporal is, rightly or not; else the default address is looked at. */
export function namesTemporal({ env }: Pick<Io, 'env'>): boolean {
  if (env.TEMPORAL_ADDRESS || env.TEMPORAL_PROFILE) return true;
  try {
    return loadClientConnectConfig({ overrideEnvVars: overrides(env) }).connectionOptions.address !== undefined;
  } catch {
    return true;
  }
}

/** A connection that a command uses, and what it says of it. */
export interface Temporal {
  client: Client;
  connection: Connection;
  address: string;
  namespace: string;
}

/** Connects, lets the command do its work, and closes. Throws `TemporalUnreachable` after 3 s without an answer. */
export async function withTemporal<T>(io: Pick<Io, 'env'>, use: (temporal: Temporal) => Promise<T>): Promise<T> {
  const { address, namespace, connectionOptions } = temporalSettings(io);
  const connection = await connect(address, () => Connection.connect({ ...connectionOptions, connectTimeout: '3s' }));
  try {
    return await use({ client: new Client({ connection, namespace }), connection, address, namespace });
  } finally {
    await connection.close();
  }
}

/** Connects in any of the SDK's ways, and says what to do where that fails. */
export async function connect<C>(address: string, open: () => Promise<C>): Promise<C> {
  try {
    return await open();
  } catch (cause) {
    const detail = /before the deadline|Connection refused|ECONNREFUSED/i.test(messageOf(cause)) ? '' : ` (${messageOf(cause)})`;
    throw new TemporalUnreachable(`no Temporal at ${address}${detail}; start one with: continual dev, or set TEMPORAL_ADDRESS`, { cause });
  }
}

/**
 * Where a run can be looked at: TEMPORAL_UI_URL, or the dev server's own place (its port plus 1000) for a Temporal on this
 * machine, or Temporal Cloud's; null where nobody can know.
 */
export function uiUrl({ env }: Pick<Io, 'env'>, { address, namespace }: Pick<Temporal, 'address' | 'namespace'>, workflowId: string, runId?: string): string | null {
  const base = env.TEMPORAL_UI_URL?.replace(/\/+$/, '') || localUi(address) || cloudUi(address);
  const path = `namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return base ? `${base}/${path}${runId === undefined ? '' : `/${runId}`}` : null;
}

function localUi(address: string): string | null {
  const found = /^(127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(address);
  return found ? `http://${found[1]}:${Number(found[2]) + 1000}` : null;
}

const cloudUi = (address: string) => (/\.(tmprl\.cloud|temporal\.io)(:\d+)?$/.test(address) ? 'https://cloud.temporal.io' : null);
