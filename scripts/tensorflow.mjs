import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildAddon, canBuildAddon } from './tensorflow-addon.mjs';
import { cacheRoot } from './cache.mjs';
import { command } from './command.mjs';
import { say, whileSaying } from './log.mjs';
import { tensorflow as pin } from './pins.mjs';
import { upstreamAllowed } from './upstream.mjs';

const step = 'tensorflow';

/**
 * Makes `require('@tensorflow/tfjs-node')` work in this checkout: with the addon that is there, else with the package's
 * own install script, else with a current TensorFlow from its wheel and the addon compiled from the package's source.
 * @param root the checkout
 * @param known what the last set-up wrote to tools.json, to skip the probe where nothing has changed
 * @returns {Promise<{version: string, source: string, lib: string, addon: string, node: string}>}
 * @throws Error that says what was tried and the cure
 */
export async function setUpTensorflow(root, known) {
  const packageFolder = join(root, 'node_modules/@tensorflow/tfjs-node');
  if (!existsSync(packageFolder)) throw new Error('@tensorflow/tfjs-node is not in node_modules; run: npm ci');
  const link = join(packageFolder, 'lib/napi-v8/tfjs_binding.node');
  if (known && existsSync(link) && realpathSync(link) === known.addon && known.node === process.version) {
    say(step, `${known.version} (${known.source})`);
    return known;
  }

  const tried = [];
  const attempts = [
    ['installed', async () => { if (!existsSync(link)) throw new Error('no addon in node_modules'); }],
    ['cache', async () => linkAddon(packageFolder, link, cachedFolder())],
    ['upstream', async () => upstreamInstall(packageFolder)],
    ['wheel', async () => linkAddon(packageFolder, link, await buildAddon(cachedName(), packageFolder, root))],
  ];
  for (const [source, attempt] of attempts) {
    try {
      await attempt();
      const { version, gpu } = await probe(root);
      say(step, `${version} (${source}), ${gpu ? 'GPU' : 'CPU'}`);
      const addon = realpathSync(link);
      const lib = realpathSync(join(packageFolder, 'deps/lib'));
      return { version, source: sourceOf(addon, source), lib, addon, node: process.version };
    } catch (error) {
      tried.push(`${source}: ${error.message}`);
    }
  }
  throw new Error([
    'native TensorFlow could not be set up. Tried:',
    ...tried.map((line) => `  - ${line}`),
    `Cure: fetch ${pin.package} ${pin.version} as a wheel (cp312, manylinux_2_27_x86_64) yourself and give its path:`,
    '  CONTINUAL_TENSORFLOW_WHEEL=/path/to/the.whl npm run setup',
    `If ${join(cacheRoot(), cachedName())} is damaged, remove it and try again.`,
    canBuildAddon() ? '' : 'A C++ compiler is needed too (Debian and Ubuntu: apt-get install g++).',
  ].filter(Boolean).join('\n'));
}

const cachedName = () => `tensorflow-${pin.version}-${process.platform}-${process.arch}`;

function cachedFolder() {
  const folder = join(cacheRoot(), cachedName());
  if (!existsSync(folder)) throw new Error(`nothing at ${folder}`);
  return folder;
}

/** `installed` may be our own link of an earlier set-up; then the wheel is the true source. */
const sourceOf = (addon, source) => (addon.startsWith(realpathOr(cacheRoot())) ? 'wheel' : source === 'cache' ? 'wheel' : source);
const realpathOr = (path) => (existsSync(path) ? realpathSync(path) : path);

/** Links the cache's addon and libraries to where tfjs-node looks for them. */
function linkAddon(packageFolder, link, folder) {
  replaceLink(join(folder, 'lib'), join(packageFolder, 'deps/lib'));
  replaceLink(join(folder, 'tfjs_binding.node'), link);
}

function replaceLink(target, link) {
  mkdirSync(dirname(link), { recursive: true });
  if (isLink(link) && readlinkSync(link) === target) return;
  rmSync(link, { recursive: true, force: true });
  symlinkSync(target, link);
}

function isLink(path) {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

async function upstreamInstall(packageFolder) {
  if (!upstreamAllowed()) throw new Error('left out, CONTINUAL_UPSTREAM=off');
  say(step, "trying the package's own install script (at most 180 s)");
  const result = await whileSaying(step, () => 'still at it', () =>
    command(process.execPath, ['scripts/install.js'], { cwd: packageFolder, timeout: 180_000 }));
  if (!result.ok) throw new Error(result.why);
}

/** Loads the addon in a process of its own: a broken one may crash. */
async function probe(root) {
  const result = await command(process.execPath, [join(import.meta.dirname, 'probe-tensorflow.cjs'), root], { timeout: 60_000 });
  const answer = result.output.split('\n').find((line) => line.startsWith('{'));
  if (!result.ok || !answer) throw new Error(`the addon does not load: ${result.why}`);
  return JSON.parse(answer);
}
