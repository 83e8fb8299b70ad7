import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.mjs';
import { command, onPath } from './command.mjs';
import { meter, say } from './log.mjs';
import { here, tensorflow as pin } from './pins.mjs';
import { checkDigest, wheelFrom, withWheel } from './wheel.mjs';
import { unzip } from './zip.mjs';

const step = 'tensorflow';
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const headers = /^tensorflow\/include\/((tensorflow\/c|xla\/tsl\/c)\/.*\.h|(tensorflow\/core|tsl|xla\/tsl)\/platform\/ctstring[^/]*\.h)$/;

export const canBuildAddon = () => compiler() !== undefined;
const compiler = () => process.env.CXX || onPath('g++') || onPath('c++') || onPath('clang++');

/**
 * The cache folder `name` with `lib/` (TensorFlow's libraries) and `tfjs_binding.node`, compiled from the package's own
 * source against them. Node-API keeps the addon good for every version of Node.
 */
export async function buildAddon(name, packageFolder, root) {
  if (!compiler()) throw new Error('no C++ compiler (g++, c++ or clang++) on PATH');
  const given = wheelFrom('CONTINUAL_TENSORFLOW_WHEEL');
  if (!pin.wheels[here]) throw new Error(`no wheel of ${pin.package} is pinned for ${here}`);
  return cached(name, async (folder) => {
    const build = async (wheel) => {
      say(step, 'unpacking the libraries and the C headers');
      await unzip(wheel, folder, place, meter(step, 'unpacked'));
      await compile(folder, packageFolder, root);
    };
    if (!given) return withWheel(step, pin, build);
    await checkDigest(step, given, pin.wheels[here].sha256);
    await build(given);
  });
}

function place(name) {
  const library = libraries.find((file) => name === `tensorflow/${file}`);
  return library ? join('lib', library) : headers.exec(name)?.[1] && join('include', headers.exec(name)[1]);
}

async function compile(folder, packageFolder, root) {
  say(step, 'compiling the addon of @tensorflow/tfjs-node (about 10 s)');
  const result = await command(compiler(), [
    '-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8',
    `-I${join(root, 'node_modules/node-api-headers/include')}`, `-I${join(folder, 'include')}`,
    join(packageFolder, 'binding/tfjs_backend.cc'), join(packageFolder, 'binding/tfjs_binding.cc'),
    '-o', join(folder, 'tfjs_binding.node'),
    `-L${join(folder, 'lib')}`, ...libraries.map((file) => `-l:${file}`), '-Wl,-rpath,$ORIGIN/lib:$ORIGIN/../../deps/lib',
  ], { timeout: 600_000 });
  if (!result.ok) throw new Error(`compiling the addon: ${result.output.trim().split('\n').slice(-5).join(' | ') || result.why}`);
  rmSync(join(folder, 'include'), { recursive: true });
}
