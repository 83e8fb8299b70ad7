import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { command, isMain } from './command.mjs';
import { say } from './log.mjs';

/**
 * Compiles to dist/ and bundles the workflows when a source is newer than the last good build, and removes the tests whose source is gone: they
 * would still run.
 * @param options.force compile in any case
 */
export async function build(root, { force = false } = {}) {
  const settings = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const sources = settings.include.flatMap((entry) => files(join(root, entry))).filter((file) => /\.(ts|json)$/.test(file));
  if (sources.length === 0) return; // an image's first layer has the packages alone
  const mark = join(root, 'dist/.built');
  const newest = Math.max(...['tsconfig.json', 'package-lock.json'].map((file) => modified(join(root, file))), ...sources.map(modified));
  removeStaleTests(root);
  if (!force && existsSync(mark) && modified(mark) > newest) return;
  rmSync(mark, { force: true });
  const began = Date.now();
  say('build', `compiling ${sources.length} files`);
  const result = await command(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--noEmit', 'false'], { cwd: root });
  if (!result.ok) throw new Error(`tsc found errors:\n${result.output}`);
  await bundleWorkflows(root);
  writeFileSync(mark, '');
  say('build', `done in ${Math.round((Date.now() - began) / 1000)} s`);
}

/** Made once here, so that no worker has to at its start (workers/workflow-code.ts). */
async function bundleWorkflows(root) {
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'dist/workflows/index.js'), payloadConverterPath: join(root, 'dist/workflows/payload-converter.js'), logger: new DefaultLogger('WARN') });
  writeFileSync(join(root, 'dist/workflow-bundle.js'), code);
}

function removeStaleTests(root) {
  for (const file of files(join(root, 'dist/test')).filter((name) => name.endsWith('.test.js'))) {
    const source = join(root, relative(join(root, 'dist'), file)).replace(/\.js$/, '.ts');
    if (!existsSync(source)) rmSync(file);
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
