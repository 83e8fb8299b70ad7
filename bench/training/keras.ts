import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const version = '2.21.0';

/**
 * Python with Keras, in a cache of the benchmark's own; installed from the registry that pip uses here, once.
 * @returns the path of the interpreter
 */
export function kerasPython(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'continual-training', 'bench-keras');
  const python = join(folder, 'bin', 'python');
  const done = join(folder, `tensorflow-${version}.done`);
  if (!existsSync(done)) {
    console.log(`Installing Keras into ${folder} (once, about 300 MB) …`);
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `tensorflow-cpu==${version}`], { stdio: 'inherit' });
    writeFileSync(done, '');
  }
  return python;
}
