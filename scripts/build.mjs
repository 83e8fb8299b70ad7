import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { command, isMain } from './command.mjs';
import { say } from './log.mjs';

/**
 * Compiles to dist/ when a source is newer than the last good build, and removes what has no source any more
 * (a stale test would still run).
 * @param options.force compile in any case
 */
export async function build(root, { force = false } = {}) {
  const settings = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const sources = settings.include.flatMap((entry) => files(join(root, entry))).filter((file) => /\.(ts|json)$/.test(file));
  const mark = join(root, 'dist/.built');
  const newest = Math.max(...['tsconfig.json', 'package-lock.json'].map((file) => modified(join(root, file))), ...sources.map(modified));
  prune(root);
  if (!force && existsSync(mark) && modified(mark) > newest) return;
  rmSync(mark, { force: true });
  const began = Date.now();
  say('build', `compiling ${sources.length} files`);
  const result = await command(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--noEmit', 'false'], { cwd: root });
  if (!result.ok) throw new Error(`tsc found errors:\n${result.output}`);
  writeFileSync(mark, '');
  say('build', `done in ${Math.round((Date.now() - began) / 1000)} s`);
}

function prune(root) {
  const dist = join(root, 'dist');
  for (const file of files(dist).filter((name) => name.endsWith('.js'))) {
    const source = join(root, relative(dist, file)).replace(/\.js$/, '.ts');
    if (!existsSync(source)) for (const ending of ['.js', '.js.map', '.d.ts']) rmSync(file.replace(/\.js$/, ending), { force: true });
  }
}

/** All files below a path, which may be a file itself or missing. */
function files(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

const modified = (file) => statSync(file).mtimeMs;

// `npm run build`: always compiles, so that it always shows what is wrong.
if (isMain(import.meta.url)) {
  await build(dirname(import.meta.dirname), { force: true }).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
