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
  async continual(...argv: string[]): Promise<Answer> {
    let [out, err] = ['', ''];
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), env: this.env, cwd: this.folder, tty: false };
    const code = await main(argv, io);
    return { code, out, err, json: <T>() => JSON.parse(out) as T };
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
