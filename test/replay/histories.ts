import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;
const { History } = temporal.api.history.v1;

/** Where the recorded histories lie: among the sources, since the build copies no JSON. One folder a release. */
export const folder = join(sources(), 'test/replay/histories');

/** The file of a history: protobuf's own objects as JSON, with names for enumerations and base64 for bytes. */
export const toText = (history: History): string =>
  `${JSON.stringify(History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String }), null, 1)}\n`;

export interface Recorded {
  /** `0.1.0/promoted` */
  name: string;
  text: string;
  history: History;
}

/** All histories that any release recorded. */
export function histories(): Recorded[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8');
      return { name: path.slice(0, -'.json'.length), text, history: History.fromObject(JSON.parse(text) as object) };
    });
}

function sources(): string {
  for (let at = __dirname; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'test/replay/record.ts'))) return at;
  return process.cwd();
}
