import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `.continual/tools.json`: what set-up found, for the command line, the doctor and the tests. */
const file = (root) => join(root, '.continual/tools.json');

/** What the last set-up wrote, or an empty object. */
export function readTools(root) {
  try {
    return JSON.parse(readFileSync(file(root), 'utf8'));
  } catch {
    return {};
  }
}

export function writeTools(root, tools) {
  mkdirSync(join(root, '.continual'), { recursive: true });
  const draft = `${file(root)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(tools, null, 2)}\n`);
  renameSync(draft, file(root));
}
