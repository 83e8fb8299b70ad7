import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main } from '../../cli/main';
import { openStore, Registry } from '../../registry';

export interface Answer {
  code: number;
  out: string;
  err: string;
  /** The one JSON document of `--json`. */
  json<T = Record<string, unknown>>(): T;
}

/** A folder of its own in which commands run, with a files store. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'continual-cli-'));
  readonly storeUri = pathToFileURL(join(this.folder, 'store')).href;
  readonly registry = new Registry(openStore(this.storeUri));
  env: NodeJS.ProcessEnv = { PATH: process.env.PATH, CONTINUAL_STORE: this.storeUri, TEMPORAL_CONFIG_FILE: join(this.folder, 'none.toml') };

  /** Runs `continual` with the arguments, inside this process. */
  continual(...argv: string[]): Promise<Answer> {
    return this.begin(...argv).answer;
  }

  /** The same for a command that goes on: what it has said on its error stream so far can be read meanwhile. */
  begin(...argv: string[]): { answer: Promise<Answer>; said(): string } {
    let [out, err] = ['', ''];
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), env: this.env, cwd: this.folder, width: null };
    const answer = main(argv, io).then((code): Answer => ({ code, out, err, json: <T>() => JSON.parse(out) as T }));
    return { answer, said: () => err };
  }

  /** Writes a file and returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const firstPipeline = `name: electricity
source: { files: elec2.csv.gz, time: time }
label: { column: up }
model: { mlp: [64, 32] }
`;
