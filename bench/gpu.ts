/**
 * What compiled steps gain on a GPU, beside eager tfjs on it and beside the CPU of the same machine.
 *
 *   npm run bench:gpu [-- --only mlp,wide]
 *
 * First it proves that the GPU is used: a compiled step whose variables and products are bound to it must run. Then each
 * network is trained eagerly and in each compiled form on the GPU, and in compiled steps on the CPU. `wide` shows that
 * weights stay on the device: beside it stands what copying them at each step would need, in GB a second, and no bus
 * carries that. Figures go to bench/results/gpu.json; the last line is JSON. The exit status is 1 without a GPU, or where
 * a step could not be compiled.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BackendFacts } from '../contracts';
import { trainingEnvironment } from '../learning/compiled';
import { textTable, type TextRow } from '../reports/table';
import { benchOptions } from './options';
import { cases, wide, type Case } from './training/cases';
import type { profile } from './training/profile';
import { Side } from './training/side';

type Profile = ReturnType<typeof profile>;

const { values: options } = benchOptions('npm run bench:gpu [-- --only mlp,wide]', { only: { type: 'string' } });
const only = options.only?.split(',');
const chosen = [...cases, wide].filter(({ name }) => only?.includes(name) ?? true);
const program = join(__dirname, 'training/node-side.js');
const best = ({ stateful, gathered, loop }: Profile): number => Math.min(stateful, gathered, loop);
/** Weights and Adam's two moments, float32, in and out. */
const bytesOfState = ({ parameters }: Case): number => 2 * 3 * 4 * parameters;

async function main(): Promise<void> {
  const { tensorflow, device, ran, reason } = await facts();
  const name = device === 'gpu' ? gpuName() : 'no GPU';
  console.log(`TensorFlow ${tensorflow}, ${name}; a step bound to /device:GPU:0 ${ran ? 'ran there' : `did not run: ${reason.split('.')[0]}`}`);
  if (!ran) return void (process.exitCode = 1);
  const rows: TextRow[] = [];
  const results: Record<string, object> = {};
  for (const kase of chosen) {
    const gpu = await profiled(kase, {});
    const cpu = await profiled(kase, { CUDA_VISIBLE_DEVICES: '-1' });
    const { mode, reason: why, difference, eager, stateful, gathered, loop } = gpu;
    results[kase.name] = { mode, difference, eager, stateful, gathered, loop, ratio: best(gpu) / eager, cpu: best(cpu), first: gpu.first, firstCpu: cpu.first };
    rows.push({
      case: `${kase.name}, batch ${kase.batch}`,
      steps: mode,
      'from eager': difference?.toExponential(1) ?? why?.split('\n')[0] ?? '',
      'eager, ms': eager.toFixed(2),
      stateful: stateful.toFixed(3),
      gathered: gathered.toFixed(3),
      loop: loop.toFixed(3),
      'best / eager': (best(gpu) / eager).toFixed(3),
      'best on the CPU': best(cpu).toFixed(3),
      'first result, s': `${(gpu.first / 1000).toFixed(2)}, CPU ${(cpu.first / 1000).toFixed(2)}`,
      'GB/s if copied': (bytesOfState(kase) / gathered / 1e6).toFixed(0),
    });
    console.log(Object.entries(rows.at(-1)!).map(([key, value]) => `${key}: ${value}`).join('   '));
  }
  console.log(`\n${textTable(rows, 160)}`);
  const report = { tensorflow, gpu: name, unit: 'ms a step', results };
  if (!only) writeFileSync(resolve(__dirname, '../../bench/results/gpu.json'), `${JSON.stringify(report, null, 1)}\n`);
  console.log(JSON.stringify(report));
  process.exitCode = rows.every(({ steps }) => steps === 'graph') ? 0 : 1;
}

async function facts(): Promise<Pick<BackendFacts, 'tensorflow' | 'device'> & { ran: boolean; reason: string }> {
  const side = new Side(process.execPath, [program]);
  const { backend } = await side.ask<{ backend: BackendFacts }>();
  const bound = await side.ask<{ ran: boolean; reason: string }>({ what: 'runs-on', name: '/device:GPU:0' });
  side.close();
  return { ...backend, ...bound };
}

/** A step's times, and milliseconds from the call of `fit` in a new process to its first result: trace, load, check, choose. */
async function profiled(kase: Case, environment: Record<string, string>): Promise<Profile & { first: number }> {
  const side = new Side(process.execPath, [program], { ...trainingEnvironment(kase), ...environment });
  await side.ask();
  const { first } = await side.ask<{ first: number }>({ what: 'fit', name: kase.name, epochs: 0 });
  const figures = await side.ask<Profile>({ what: 'profile', name: kase.name });
  side.close();
  return { ...figures, first };
}

const gpuName = (): string => execFileSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8' }).split('\n')[0]!.trim();

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
