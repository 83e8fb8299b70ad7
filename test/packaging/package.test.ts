import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { csv } from '../lifecycle/rows';
import { root } from '../setup/tools';
import { startTemporal } from '../setup/temporal';
import { Consumer, packageName } from './consumer';

jest.setTimeout(180_000);

const workflows = `
import { proxyActivities } from '@temporalio/workflow';
export { retrain, rollback } from '${packageName}/workflows';

const { shout } = proxyActivities<{ shout(text: string): Promise<string> }>({ startToCloseTimeout: '1m' });
export const own = (text: string): Promise<string> => shout(text);
`;

const worker = `
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { ContinualTrainingPlugin, openStore, pipelineSchema, Registry, type RunResult } from '${packageName}';

async function main([address, store, files]: string[]): Promise<void> {
  const registry = new Registry(openStore(store!));
  await registry.apply(pipelineSchema.parse({
    name: 'market', source: { files, time: 'time' }, label: { column: 'label' }, model: { mlp: [8] },
    learning: { scratchEpochs: 2 }, approval: { when: 'never' },
  }));
  const connection = await NativeConnection.connect({ address: address! });
  const client = new Client({ connection: await Connection.connect({ address: address! }) });
  const taskQueue = 'own';
  const worker = await Worker.create({
    connection, taskQueue,
    workflowBundle: await bundleWorkflowCode({ workflowsPath: require.resolve('./workflows'), payloadConverterPath: require.resolve('${packageName}/payload-converter') }),
    activities: { shout: async (text: string) => text.toUpperCase() },
    plugins: [new ContinualTrainingPlugin({ store: store! })],
  });
  const [own, result] = await worker.runUntil(Promise.all([
    client.workflow.execute('own', { taskQueue, workflowId: 'own', args: ['both'] }) as Promise<string>,
    client.workflow.execute('retrain', { taskQueue, workflowId: 'retrain', args: [{ pipeline: 'market' }] }) as Promise<RunResult>,
  ]));
  console.log(JSON.stringify({ own, outcome: result.outcome, champion: (await registry.champion('market'))?.to }));
  await client.connection.close();
  await connection.close();
}
void main(process.argv.slice(2));
`;

/** One name of each entry point. */
const names = {
  '': 'ContinualTrainingPlugin', '/workflows': 'retrain', '/payload-converter': 'payloadConverter', '/learning': 'buildModel', '/drift': 'compareTables', '/data': 'pull', '/contracts': 'pipelineSchema',
};
const imports = Object.entries(names).map(([path, name]) => `import { ${name} } from '${packageName}${path}';`).join('\n');
const types = `${imports}
import type { Pipeline } from '${packageName}';
export const all: ((...args: never[]) => unknown)[] = [${Object.values(names).filter((name) => !/Plugin|Schema|Converter/.test(name)).join(', ')}];
export const plugin = new ContinualTrainingPlugin({ store: 'file:///tmp/x' });
export const pipeline: Pipeline = pipelineSchema.parse({});
// @ts-expect-error a store is demanded
new ContinualTrainingPlugin({});
`;

/** The README's own worker, as it stands there. */
const readmeWorker = /```ts\n(\/\/ worker\.ts.*?)```/s.exec(readFileSync(join(root(), 'README.md'), 'utf8'))![1]!;

let consumer: Consumer;
let complaints: string;
beforeAll(async () => {
  consumer = await Consumer.create();
  for (const [file, text] of Object.entries({ 'workflows.ts': workflows, 'worker.ts': worker, 'types.ts': types, 'readme-worker.ts': readmeWorker, 'rows.csv': csv(0, 600) })) consumer.write(file, text);
  complaints = await consumer.tsc('--module', 'node16', 'types.ts', 'workflows.ts', 'worker.ts', 'readme-worker.ts');
}, 180_000);
afterAll(() => consumer?.remove());

describe('the tarball', () => {
  test('holds what package.json names', () => {
    const { main, types, bin, exports } = consumer.package;
    const named = [main, types, ...Object.values(bin), ...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))];
    const paths = named.map((path) => path.replace(/^\.\//, ''));
    expect(paths.filter((path) => !consumer.files.includes(path))).toEqual([]);
    expect(consumer.files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'dist/workers/training-process.js', 'examples/electricity/elec2.csv.gz']));
  });

  test('holds every file that its README and its pages link to', () => {
    const pages = consumer.files.filter((path) => path === 'README.md' || /^docs\/[^/]+\.md$/.test(path));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/pipeline.md']));
    const links = pages.flatMap((page) => {
      const text = readFileSync(join(consumer.folder, 'node_modules', packageName, page), 'utf8');
      return [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => `${page} → ${normalize(join(dirname(page), target!))}`);
    });
    const there = (path: string) => consumer.files.some((file) => file === path || file.startsWith(`${path}/`));
    expect(links.filter((link) => !there(link.split(' → ')[1]!))).toEqual([]);
  });

  test('holds no tests, no benches, no notes of the build, no sources but examples', () => {
    const odd = consumer.files.filter((path) => !path.startsWith('examples/') && /(^|\/)(test|bench|node_modules)\/|\.tsbuildinfo$|\.built$|(?<!\.d)\.ts$|\.tgz$/.test(path));
    expect(odd).toEqual([]);
  });

  test('leaves every package of Temporal to the project that uses it', () => {
    expect(Object.keys(consumer.package.dependencies).filter((name) => name.startsWith('@temporalio/'))).toEqual([]);
    expect(Object.keys(consumer.package.peerDependencies)).toEqual(expect.arrayContaining(['@temporalio/worker', '@temporalio/workflow', '@temporalio/plugin']));
  });
});

describe('in a clean project', () => {
  test('every entry point resolves for require and for import', async () => {
    const required = Object.entries(names).map(([path, name]) => `require('${packageName}${path}').${name}`);
    consumer.write('required.cjs', `console.log([${required.join(', ')}].map((x) => typeof x).join());`);
    consumer.write('imported.mjs', `${imports}\nconsole.log([${Object.values(names).join(', ')}].map((x) => typeof x).join());`);
    const kinds = 'function,function,object,function,function,function,object';
    expect((await consumer.node('required.cjs')).trim()).toBe(kinds);
    expect((await consumer.node('imported.mjs')).trim()).toBe(kinds);
  });

  test("the README's worker compiles, and every entry point has its types, under the new and the old resolution", async () => {
    expect(complaints).toBe('');
    expect(await consumer.tsc('--noEmit', '--module', 'commonjs', '--moduleResolution', 'node10', 'types.ts')).toBe('');
  });

  test('the command runs', async () => {
    const command = join('node_modules', packageName, consumer.package.bin.continual!);
    expect((await consumer.node(command, '--version')).trim()).toBe(consumer.package.version);
  });

  test("a worker of one's own runs our workflows beside its own, to a promoted version", async () => {
    const server = await startTemporal();
    try {
      const output = await consumer.node('worker.js', server.address, pathToFileURL(join(consumer.folder, 'store')).href, join(consumer.folder, 'rows.csv'));
      expect(JSON.parse(output.trim().split('\n').at(-1)!)).toEqual({ own: 'BOTH', outcome: 'promoted', champion: '1.1.0' });
    } finally {
      await server.stop();
    }
  });
});
