import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Python with a peer's packages, in a cache of the benchmark's own; installed from the registry that pip uses here, once.
 *
 * @param name of the folder in the cache
 * @param packages with their versions
 * @param about what is being installed, for who waits
 * @returns the path of the interpreter
 */
export function pythonWith(name: string, packages: string[], about: string): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'continual-training', name);
  const python = join(folder, 'bin', 'python');
  const done = join(folder, `${createHash('sha256').update(packages.join()).digest('hex').slice(0, 12)}.done`);
  if (!existsSync(done)) {
    console.log(`Installing ${about} into ${folder} (once) …`);
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' });
    writeFileSync(done, '');
  }
  return python;
}

/** Python with Avalanche 0.6.0 and PyTorch. */
export const avalanche = (): string =>
  pythonWith('bench-avalanche', ['avalanche-lib==0.6.0', 'torch==2.15.0', 'torchvision==0.29.2', 'numpy==1.26.4'], 'Avalanche and PyTorch, about 5 GB');
