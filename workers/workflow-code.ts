import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
const bundle = join(root, 'workflow-bundle.js');
/** What the workflows are made from. */
const folders = ['workflows', 'contracts', 'reports'];

/** The bundle that the build made, which saves a worker seconds at its start; the modules themselves where they are newer. */
export function workflowCode(): { workflowBundle: { codePath: string } } | { workflowsPath: string; dataConverter: { payloadConverterPath: string } } {
  if (isFresh()) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: require.resolve('../workflows'), dataConverter: { payloadConverterPath: require.resolve('../workflows/payload-converter') } };
}

function isFresh(): boolean {
  if (!existsSync(bundle)) return false;
  const made = statSync(bundle).mtimeMs;
  return folders.every((folder) => readdirSync(join(root, folder)).every((file) => !file.endsWith('.js') || statSync(join(root, folder, file)).mtimeMs <= made));
}
