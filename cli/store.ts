import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import { openStore, Registry } from '../registry';
import type { Io } from './io';

export interface StoreOption {
  store?: string;
}
export const storeOption = () =>
  new Option('--store <uri>', 'file:///folder or s3://bucket/prefix (CONTINUAL_STORE; default: .continual/store in this folder)');

/** The store's URI by option, environment, default. */
export const storeUri = (io: Io, { store }: StoreOption): string =>
  store || io.env.CONTINUAL_STORE || pathToFileURL(join(io.cwd, '.continual', 'store')).href;

export const openRegistry = (io: Io, options: StoreOption): Registry => new Registry(openStore(storeUri(io, options)));
