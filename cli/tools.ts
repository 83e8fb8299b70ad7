import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { InvalidInput } from '../contracts';

/** A program that we use but do not bring along, and where it was found. */
export interface Tool {
  path: string;
  from: string;
}

const known = {
  temporal: { variable: 'TEMPORAL_CLI_PATH', names: ['temporal'] },
  chromium: { variable: 'CHROMIUM_PATH', names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] },
} as const;

/**
 * Looks for a program: the path that its variable names, what set-up found, PATH. Null where there is none.
 * @throws InvalidInput where the variable names something that is no program
 */
export function findTool(name: keyof typeof known, env: NodeJS.ProcessEnv): Tool | null {
  const { variable, names } = known[name];
  const explicit = env[variable];
  if (explicit) {
    if (isProgram(explicit)) return { path: explicit, from: variable };
    throw new InvalidInput(`${variable} is ${explicit}, which is not a program; correct it or unset it`);
  }
  const prepared = preparedPath(name);
  if (prepared !== null && isProgram(prepared)) return { path: prepared, from: 'set-up' };
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const path = folders.flatMap((folder) => names.map((file) => join(folder, file))).find(isProgram);
  return path === undefined ? null : { path, from: 'PATH' };
}

export const temporalCliCure = "in a clone: npm run setup; elsewhere: install Temporal's CLI (https://docs.temporal.io/cli) or set TEMPORAL_CLI_PATH";

/** The folder of this package: the nearest one above with a package.json. */
export function packageRoot(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) if (existsSync(join(folder, 'package.json'))) return folder;
  return process.cwd();
}

export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** What `npm run setup` wrote down; nothing where it has not run. */
function preparedPath(name: keyof typeof known): string | null {
  try {
    const tools = JSON.parse(readFileSync(join(packageRoot(), '.continual', 'tools.json'), 'utf8')) as Record<string, unknown>;
    const entry = tools[name] as string | { path?: string } | undefined;
    return (typeof entry === 'string' ? entry : entry?.path) ?? null;
  } catch {
    return null;
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
