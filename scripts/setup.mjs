/**
 * Sets the project up on a fresh machine: Node's packages, native TensorFlow, Temporal's CLI, for the tests an S3
 * service, and the build. Resumable: what is there is kept, and a second run takes about a second.
 *
 *   node scripts/setup.mjs [--for worker|demo|test|all] [--json]
 */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { locked } from './cache.mjs';
import { findChromium } from './chromium.mjs';
import { isMain } from './command.mjs';
import { logToStderr, say } from './log.mjs';
import { setUpPackages } from './packages.mjs';
import { setUpTemporal } from './temporal.mjs';
import { setUpTensorflow } from './tensorflow.mjs';
import { readTools, writeTools } from './tools.mjs';
import { setUpWeed } from './weed.mjs';

/** The checkout that these scripts belong to. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Sets up and returns what was found, which also stands in `.continual/tools.json`.
 * @param purpose `worker` is Node's packages and TensorFlow; `demo` adds Temporal's CLI; `test` and `all` are everything
 * @throws Error that says what was tried and the cure
 */
export async function setUp(purpose = 'all') {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Error(`Node ${process.version} is too old; 20.19 or newer is needed.`);
  return locked(`checkout-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`, async () => {
    await setUpPackages(root);
    const before = readTools(root);
    const tools = { ...before };
    tools.tensorflow = await setUpTensorflow(root, before.tensorflow);
    if (purpose !== 'worker') tools.temporal = await setUpTemporal();
    if (purpose === 'test' || purpose === 'all') {
      tools.weed = await setUpWeed();
      tools.chromium = findChromium();
    }
    writeTools(root, tools);
    await build(root);
    return tools;
  });
}

/** Runs `setUp` for a script: on failure says why and ends with status 1. */
export async function setUpOrExit(purpose) {
  try {
    return await setUp(purpose);
  } catch (error) {
    process.stderr.write(`\nSet-up failed: ${error.message}\n`);
    process.exit(1);
  }
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  const json = args.includes('--json');
  const purpose = args[args.indexOf('--for') + 1];
  const usage = args.includes('--for') && !['worker', 'demo', 'test', 'all'].includes(purpose);
  if (usage || args.includes('--help')) {
    process.stderr.write('usage: node scripts/setup.mjs [--for worker|demo|test|all] [--json]\n');
    process.exit(usage ? 2 : 0);
  }
  if (json) logToStderr();
  const tools = await setUpOrExit(args.includes('--for') ? purpose : 'all');
  if (json) process.stdout.write(`${JSON.stringify(tools, null, 2)}\n`);
  else say('done', 'next: npm run demo, or npm test');
}
