import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BackendFacts } from '../contracts';
import { searchAttributeNames } from '../contracts';
import { openStore, probeStore } from '../registry';
import { namesTemporal, temporalSettings, withTemporal } from './connection';
import { messageOf } from './exit';
import type { Io } from './io';
import { findTool, temporalCliCure } from './tools';

const run = promisify(execFile);

/** One thing that was looked for: what was found, or the cure. */
export interface Finding {
  name: string;
  /** missing: something does not work without it, or was named and is not there; absent: something optional, or that one command starts. */
  state: 'ok' | 'missing' | 'absent';
  found: string;
  cure: string | null;
}

const ok = (name: string, found: string): Finding => ({ name, state: 'ok', found, cure: null });

/** Looks for all that the product needs and uses. Throws nothing. */
export async function checkUp(io: Io, store: string): Promise<Finding[]> {
  const [tensorflow, cli, server, reachable] = await Promise.all([checkTensorflow(io), checkCli(io), checkServer(io), checkStore(store)]);
  // A Temporal that runs elsewhere needs no CLI here; and the CLI brings one.
  const temporal = cli.state === 'ok' || server[0]?.state === 'ok' ? [cli, ...server] : [cli, { ...server[0]!, state: 'missing' as const }];
  return [checkNode(), tensorflow, ...temporal, reachable, checkChromium(io)];
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', process.versions.node);
  return { name: 'node', state: 'missing', found: process.versions.node, cure: 'install Node 20.19 or newer: https://nodejs.org' };
}

async function checkTensorflow({ env }: Io): Promise<Finding> {
  const name = 'tensorflow';
  try {
    const { stdout } = await run(process.execPath, [join(__dirname, 'probe-backend.js')], { env: { TF_CPP_MIN_LOG_LEVEL: '2', ...env }, timeout: 60_000 });
    const { tensorflow, gpu, cpu, onednn } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as BackendFacts & { gpu: { ran: boolean; reason: string } | null };
    const device = gpu === null ? `CPU (${cpu}; no GPU, so none was checked)` : gpu.ran ? 'GPU (a compiled step ran on it)' : `GPU, but a compiled step did not run on it: ${gpu.reason}`;
    return ok(name, `${tensorflow}, ${device}, oneDNN ${onednn ? 'on' : 'off'}`);
  } catch (error) {
    const { signal, stderr } = error as { signal?: string; stderr?: string };
    const why = signal ? `its process ended by ${signal}` : lastLine(stderr) || messageOf(error);
    return { name, state: 'missing', found: why, cure: 'in a clone: npm run setup; in a project: npm rebuild @tensorflow/tfjs-node; without it only pipelines whose training.backends name wasm or js can train' };
  }
}

async function checkCli({ env }: Io): Promise<Finding> {
  const name = 'temporal-cli';
  const cure = `${temporalCliCure}; only continual dev needs it`;
  try {
    const tool = findTool('temporal', env);
    if (tool === null) return { name, state: 'absent', found: 'not in TEMPORAL_CLI_PATH, not set up, not on PATH', cure };
    const { stdout } = await run(tool.path, ['--version'], { timeout: 10_000 });
    return ok(name, `${stdout.trim()} (${tool.from}: ${tool.path})`);
  } catch (error) {
    return { name, state: 'absent', found: messageOf(error).split('\n')[0]!, cure };
  }
}

async function checkServer(io: Io): Promise<Finding[]> {
  const name = 'temporal';
  try {
    const { address, namespace } = temporalSettings(io);
    return await withTemporal(io, async ({ connection }) => {
      await connection.workflowService.describeNamespace({ namespace });
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace }).catch(() => ({ customAttributes: null }));
      const missing = searchAttributeNames.filter((attribute) => !(attribute in (customAttributes ?? {})));
      const attributes: Finding =
        missing.length === 0
          ? ok('search-attributes', searchAttributeNames.join(', '))
          : { name: 'search-attributes', state: 'absent', found: `not registered: ${missing.join(', ')}`, cure: 'continual setup' };
      return [ok(name, `${serverVersion || 'unknown version'} at ${address}, namespace ${namespace}`), attributes];
    });
  } catch (error) {
    const found = messageOf(error).split(';')[0]!;
    if (namesTemporal(io))
      return [{ name, state: 'missing', found, cure: 'start it, or correct what names it: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE or its configuration file' }];
    return [{ name, state: 'absent', found, cure: 'continual dev, or set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE' }];
  }
}

async function checkStore(uri: string): Promise<Finding> {
  try {
    await probeStore(openStore(uri));
    return ok('store', `${uri}: creates, refuses to create again, reads, lists, removes`);
  } catch (error) {
    return { name: 'store', state: 'missing', found: messageOf(error), cure: 'name another with --store or CONTINUAL_STORE; for S3 see AWS_ENDPOINT_URL_S3, AWS_REGION and the credentials' };
  }
}

function checkChromium({ env }: Io): Finding {
  const cure = 'only the browser tests need it: apt-get install chromium, or set CHROMIUM_PATH';
  try {
    const tool = findTool('chromium', env);
    return tool ? ok('chromium', tool.path) : { name: 'chromium', state: 'absent', found: 'none', cure };
  } catch (error) {
    return { name: 'chromium', state: 'absent', found: messageOf(error), cure };
  }
}

const lastLine = (text = ''): string => text.trim().split('\n').at(-1) ?? '';
