import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Row {
  pid: number;
  parent: number;
  /** Ended, but not yet fetched by its parent. */
  ended: boolean;
}

/** The processes that `pid` started and that still run. */
export const childrenOf = (pid: number): number[] => running().flatMap((row) => (row.parent === pid ? [row.pid] : []));

export const isRunning = (pid: number): boolean => running().some((row) => row.pid === pid);

const running = (): Row[] => (existsSync('/proc/self/stat') ? fromProc() : fromPs()).filter(({ ended }) => !ended);

function fromProc(): Row[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), ended: state === 'Z' || state === 'X' }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

function fromPs(): Row[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=']).toString().trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), ended: state!.startsWith('Z') };
  });
}

/** Waits until the condition holds, asking every `every` ms. Throws after `within` ms. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, { every = 3, within = 120_000 } = {}): Promise<void> {
  for (const deadline = Date.now() + within; !(await condition()); await new Promise((done) => setTimeout(done, every)))
    if (Date.now() > deadline) throw new Error(`waited ${within / 1000} s in vain: ${what}`);
}
