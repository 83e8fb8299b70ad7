import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What `npm run setup` found and wrote to `.continual/tools.json`. */
export interface Tools {
  temporal?: { path: string; version: string };
  weed?: { path: string; version: string };
  tensorflow?: { version: string; source: string; lib: string };
  chromium?: string;
}

/** The checkout: the nearest folder above (or the current one) that set-up has prepared. */
export function root(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, '.continual/tools.json'))) return folder;
  }
  return process.cwd();
}

/** Reads the tools. Throws where set-up has not run. */
export function tools(): Tools {
  const file = join(root(), '.continual/tools.json');
  if (!existsSync(file)) throw new Error(`${file} is missing; run: npm run setup`);
  return JSON.parse(readFileSync(file, 'utf8')) as Tools;
}

/** The path of a program that a test needs. */
export function toolPath(name: 'temporal' | 'weed'): string {
  const path = tools()[name]?.path;
  if (path === undefined) throw new Error(`${name} is missing; run: npm run setup -- --for test`);
  return path;
}
