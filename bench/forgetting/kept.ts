import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { scheduleOf, type Method, type Protocol } from './protocol';
import { taskNamed, type Request } from './plan';
import type { Outcome } from './run';

/** A finished run, and the digest of what decided its result. */
export interface Kept extends Outcome {
  protocol: string;
  method: string;
  seed: number;
  digest: string;
}

/** Finished runs, so that a bench that was stopped goes on: one JSON line each in the user's cache, and what is committed. */
export class KeptRuns {
  private readonly runs = new Map<string, Kept>();
  private readonly file = join(process.env.CONTINUAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'continual-training'), 'forgetting.jsonl');

  constructor(committed: Kept[]) {
    for (const run of [...committed, ...this.lines()]) this.runs.set(keyOf(run), run);
  }

  find(request: Request): Kept | undefined {
    return this.runs.get(keyOf({ ...request, digest: digestOf(request) }));
  }

  add(request: Request, outcome: Outcome): Kept {
    const { protocol, method, seed } = request;
    const run: Kept = { ...outcome, protocol, method, seed, digest: digestOf(request) };
    this.runs.set(keyOf(run), run);
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `${JSON.stringify(run)}\n`);
    return run;
  }

  private lines(): Kept[] {
    if (!existsSync(this.file)) return [];
    return readFileSync(this.file, 'utf8').split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Kept];
      } catch {
        return []; // a line that a process was killed in
      }
    });
  }
}

const keyOf = ({ protocol, method, seed, digest }: Pick<Kept, 'protocol' | 'method' | 'seed' | 'digest'>): string => JSON.stringify([protocol, method, seed, digest]);

const folder = resolve(__dirname, '../..');
/** Compiled steps give the bits of eager ones; the strategies that a method does not name have no part in it. */
const without = /\/contracts\/|learning\/(compiled\/|strategies\/index|index)/;
const digests = new Map<string, string>();

/** A digest of all that decides a run's result: the protocol's and the method's settings, and the code that they go through. */
function digestOf(request: Request): string {
  const { protocol, method } = taskNamed(request);
  const settings = JSON.stringify([request.tuning, settingsOf(protocol, method), request.trial ?? null]);
  const strategy = method.strategy(0).name;
  const own = settings.includes('normal-mlp') ? ['bench/forgetting/normal-mlp.js'] : [];
  const code = ['learning/training/index.js', 'learning/surgery/operate.js', 'bench/forgetting/run.js', `learning/strategies/${strategy}.js`, ...own].map((file) => join(folder, file));
  const key = settings + strategy;
  const found = digests.get(key) ?? createHash('sha256').update(settings).update(textOf(code)).digest('hex').slice(0, 16);
  digests.set(key, found);
  return found;
}

function settingsOf(protocol: Protocol, method: Method): unknown {
  const { stream, model, scale, outputs, joint } = protocol;
  const tasks = Array.from({ length: stream.tasks }, (_, task) => [method.strategy(task), scheduleOf(protocol, method, task)]);
  return [stream, model, scale, outputs, method.strategy(0).name === 'joint' ? joint : null, tasks];
}

/** The text of compiled files and of all of ours that they load, without comments. */
function textOf(files: string[]): string {
  const found = new Map<string, string>();
  const visit = (file: string): void => {
    const path = [`${file}.js`, join(file, 'index.js'), file].find((candidate) => existsSync(candidate) && candidate.endsWith('.js'));
    if (!path || found.has(path) || without.test(path)) return;
    const text = readFileSync(path, 'utf8').replace(/^\s*(\/\/.*|\/\*[\s\S]*?\*\/)\s*$/gm, '');
    found.set(path, text);
    for (const [, name] of text.matchAll(/require\("(\.[^"]+)"\)/g)) visit(resolve(dirname(path), name!));
  };
  files.forEach(visit);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text).join('');
}
