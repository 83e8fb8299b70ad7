import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256 } from './cache.mjs';
import { command } from './command.mjs';
import { say } from './log.mjs';
import { here, temporal as pin } from './pins.mjs';
import { findProgram } from './program.mjs';
import { upstreamAllowed } from './upstream.mjs';

/** Temporal's CLI, which carries the dev server and its UI. TEMPORAL_CLI_PATH names one explicitly. */
export const setUpTemporal = () =>
  findProgram({ name: 'temporal', variable: 'TEMPORAL_CLI_PATH', pin, version: ['--version'], upstream: download });

/** Temporal's own archive of the pinned release; at most 20 s to answer and 5 minutes in all. */
async function download(folder) {
  if (!upstreamAllowed()) throw new Error('left out, CONTINUAL_UPSTREAM=off');
  const expected = pin.wheels[here]?.program;
  if (!expected) throw new Error(`no digest is pinned for ${here}`);
  const [platform, arch] = [process.platform, process.arch === 'x64' ? 'amd64' : process.arch];
  const address = `https://temporal.download/cli/archive/v${pin.version}?platform=${platform}&arch=${arch}`;
  say('temporal', `fetching ${address}`);
  const archive = join(folder, 'archive.tar.gz');
  const slow = new globalThis.AbortController();
  const timer = setTimeout(() => slow.abort(new Error('no answer after 20 s')), 20_000);
  try {
    const response = await fetch(address, { signal: AbortSignal.any([slow.signal, AbortSignal.timeout(300_000)]) });
    clearTimeout(timer);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive));
  } catch (error) {
    throw new Error(`${address}: ${error.cause?.code ?? error.message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  const unpacked = await command('tar', ['-xzf', archive, '-C', folder, 'temporal'], { timeout: 60_000 });
  if (!unpacked.ok) throw new Error(`tar: ${unpacked.why}`);
  const found = await sha256(join(folder, 'temporal'));
  if (found !== expected) throw new Error(`temporal: expected sha256 ${expected}, found ${found}`);
  rmSync(archive);
}
