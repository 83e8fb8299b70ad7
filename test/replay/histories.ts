import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the recorded histories lie: among the sources, since the build copies no JSON. One folder a release. */
export const folder = join(sources(), 'test/replay/histories');

export interface Recorded {
  /** `0.1.0/promoted` */
  name: string;
  text: string;
}

/** All histories that any release recorded. */
export function histories(): Recorded[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => ({ name: path.slice(0, -'.json'.length), text: readFileSync(join(folder, path), 'utf8') }));
}

function sources(): string {
  for (let at = __dirname; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'test/replay/record.ts'))) return at;
  return process.cwd();
}
