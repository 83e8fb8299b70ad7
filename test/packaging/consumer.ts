import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../setup/tools';

const run = promisify(execFile);
export const packageName = 'temporal-continual-training';
export interface PackageFile {
  version: string;
  main: string;
  types: string;
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

/** Somebody else's project, in a folder of its own, with our package installed from its tarball. */
export class Consumer {
  private constructor(
    readonly folder: string,
    /** Paths in the tarball, without its leading `package/`. */
    readonly files: string[],
  ) {}

  /** Packs what is built and installs it, with nothing beside it but what it declares: linked, so that there is one copy of each. */
  static async create(): Promise<Consumer> {
    const folder = mkdtempSync(join(tmpdir(), 'continual-consumer-'));
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root() });
    const installed = join(folder, 'node_modules', packageName);
    mkdirSync(installed, { recursive: true });
    const tarball = join(folder, stdout.trim().split('\n').at(-1)!);
    await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
    const listed = await run('tar', ['-tzf', tarball], { maxBuffer: 2 ** 24 });
    const consumer = new Consumer(folder, listed.stdout.trim().split('\n').map((path) => path.replace(/^package\//, '')));
    const { dependencies, peerDependencies } = consumer.package;
    for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node']) {
      const [from, to] = [join(root(), 'node_modules', name), join(folder, 'node_modules', name)];
      mkdirSync(dirname(to), { recursive: true });
      if (existsSync(from)) symlinkSync(from, to);
    }
    consumer.write('package.json', JSON.stringify({ name: 'consumer', private: true }));
    return consumer;
  }

  get package(): PackageFile {
    return JSON.parse(readFileSync(join(this.folder, 'node_modules', packageName, 'package.json'), 'utf8')) as PackageFile;
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** Runs Node in the project and returns its standard output. Throws with what the program said. */
  async node(...args: string[]): Promise<string> {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { stdout } = await run(process.execPath, args, { cwd: this.folder, env, timeout: 150_000, maxBuffer: 2 ** 24 });
    return stdout;
  }

  /** Compiles files of the project; returns the compiler's complaints, empty where there are none. */
  async tsc(...args: string[]): Promise<string> {
    const compiler = join(root(), 'node_modules/typescript/bin/tsc');
    const options = ['--strict', '--target', 'es2022', '--skipLibCheck', '--types', 'node', ...args];
    return this.node(compiler, ...options).then(() => '', (error: { stdout?: string }) => error.stdout || String(error));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
