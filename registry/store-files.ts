import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidInput, StoreDenied, StoreUnavailable, type ContinualError, type Store } from '../contracts';
import { checkKey, checkPrefix, segment } from './keys';

/** Not a legal segment of a key, so that half-written files can never be read or listed. */
const writing = '~writing';
const leftoverAge = 24 * 60 * 60 * 1000;

/**
 * A store in a folder; a key is a path. An object appears whole or not at all, also under kill -9 and loss of power: it
 * is written and synced under another name first. Exclusive creation is link(2), so the file system must have hard links
 * (all usual local ones and NFS do).
 */
export class FileStore implements Store {
  readonly uri: string;
  private swept = false;

  constructor(private readonly folder: string) {
    this.uri = pathToFileURL(folder).href;
  }

  get(key: string): Promise<Uint8Array | null> {
    return this.attempt('read', key, async () => {
      try {
        return await readFile(this.path(key));
      } catch (error) {
        if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return null;
        throw error;
      }
    });
  }

  create(key: string, bytes: Uint8Array): Promise<boolean> {
    return this.attempt('create', key, () =>
      this.place(key, bytes, async (written, path) => {
        try {
          await link(written, path);
          return true;
        } catch (error) {
          if (hasCode(error, 'EEXIST')) return false;
          throw error;
        }
      }),
    );
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.attempt('write', key, async () => {
      await this.place(key, bytes, async (written, path) => {
        await rename(written, path);
        return true;
      });
    });
  }

  list(prefix: string): Promise<string[]> {
    return this.attempt('list', prefix, async () => {
      checkPrefix(prefix);
      const found: string[] = [];
      await collect(this.folder, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix, found);
      return found.sort();
    });
  }

  remove(key: string): Promise<void> {
    return this.attempt('remove', key, async () => {
      const path = this.path(key);
      try {
        await unlink(path);
        await syncFolder(dirname(path));
      } catch (error) {
        if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
      }
    });
  }

  private path(key: string): string {
    return join(this.folder, ...checkKey(key).split('/'));
  }

  /** Writes the bytes under a name of their own, moves them into place by `commit`, and makes both last. */
  private async place(key: string, bytes: Uint8Array, commit: (written: string, path: string) => Promise<boolean>): Promise<boolean> {
    const path = this.path(key);
    const scratch = join(this.folder, writing);
    await mkdir(scratch, { recursive: true });
    await this.sweep(scratch);
    await makeFolder(dirname(path));
    const written = join(scratch, randomUUID());
    try {
      await writeSynced(written, bytes);
      const committed = await commit(written, path);
      // A loser syncs too: it goes on as if the winner's object were safe, so it must be.
      await syncFolder(dirname(path));
      return committed;
    } finally {
      await rm(written, { force: true });
    }
  }

  /** Removes what killed writers left behind, once per process. */
  private async sweep(scratch: string): Promise<void> {
    if (this.swept) return;
    this.swept = true;
    for (const name of await readdir(scratch)) {
      const path = join(scratch, name);
      const facts = await stat(path).catch(() => null);
      if (facts !== null && Date.now() - facts.mtimeMs > leftoverAge) await rm(path, { force: true });
    }
  }

  private async attempt<T>(action: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw hasCode(error) ? this.explain(action, key, error) : error;
    }
  }

  private explain(action: string, key: string, cause: NodeJS.ErrnoException): ContinualError {
    const what = `cannot ${action} [folder=${this.folder}, key=${key}]: ${cause.code}`;
    if (hasCode(cause, 'EACCES', 'EROFS')) return new StoreDenied(`${what}; give this user read and write access to the folder`, { cause });
    if (hasCode(cause, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP') && cause.syscall === 'link') {
      return new InvalidInput(`${what}; the file system has no hard links: take a local disk, NFS or s3://`, { cause });
    }
    if (hasCode(cause, 'ENOTDIR', 'EISDIR', 'EEXIST')) {
      return new InvalidInput(`${what}; a key cannot be both an object and the beginning of another key`, { cause });
    }
    return new StoreUnavailable(what, { cause });
  }
}

async function collect(root: string, inside: string, prefix: string, found: string[]): Promise<void> {
  const entries = await readdir(join(root, inside), { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  for (const entry of entries) {
    const key = `${inside}${entry.name}`;
    if (!isSegment(entry.name)) continue;
    if (entry.isDirectory() && (key.startsWith(prefix) || prefix.startsWith(`${key}/`))) await collect(root, `${key}/`, prefix, found);
    else if (entry.isFile() && key.startsWith(prefix)) found.push(key);
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the folder and its parents last: a synced file in a folder that is lost is lost too. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the entry by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isSegment(name: string): boolean {
  try {
    return segment(name) === name;
  } catch {
    return false;
  }
}

function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException & { code: string } {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' && (codes.length === 0 || codes.includes(code));
}
