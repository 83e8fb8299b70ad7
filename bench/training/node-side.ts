/** Runs on request, one line of JSON a request: our side of the benchmark, in a process of its own for each set of environment variables. */
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { loadBackend } from '../../learning/backend';
import { compilePredict, fit, runsOn } from '../../learning/compiled';
import { build, cases, data, wide, type Case } from './cases';
import { timeElectricity } from './electricity';
import { exported } from './exported';
import { converge } from './mnist';
import { profile } from './profile';
import { percentiles } from './statistics';

interface Request {
  what: 'fit' | 'tfjs-fit' | 'predict' | 'tfjs-predict' | 'profile' | 'runs-on' | 'export' | 'electricity' | 'converge';
  name: string;
  folder?: string;
  form?: 'eager' | 'compiled';
  seed?: number;
  epochs?: number;
  calls?: number;
}

const sets = new Map<string, ReturnType<typeof data>>();
const dataOf = (kase: Case) => sets.get(kase.name) ?? sets.set(kase.name, data(kase)).get(kase.name)!;

/** Milliseconds a step over `epochs` epochs, after one to warm up. */
async function timeFit(kase: Case, epochs: number) {
  const [model, set] = [build(kase), dataOf(kase)];
  let began = 0;
  const start = performance.now();
  let first = 0;
  const result = await fit(model, set, {
    epochs: epochs + 1, batchSize: kase.batch,
    onProgress: () => void (first ||= performance.now() - start),
    onEpoch: (_, epoch) => void (epoch === 0 && (began = performance.now())),
  });
  const steps = (result.steps * epochs) / (epochs + 1);
  const ms = (performance.now() - began) / steps;
  model.dispose();
  return { ms, form: result.form, reason: result.reason, first };
}

async function timeTfjsFit(kase: Case) {
  const model = build(kase);
  const rows = kase.batch * 10;
  const part = tf.tidy(() => ({ x: dataOf(kase).x.slice(0, Math.min(rows, kase.rows)), y: dataOf(kase).y.slice(0, Math.min(rows, kase.rows)) }));
  let began = 0;
  await model.fit(part.x, part.y, { epochs: 2, batchSize: kase.batch, verbose: 0, callbacks: { onEpochEnd: async (epoch) => void (epoch === 0 && (began = performance.now())) } });
  const ms = (performance.now() - began) / Math.ceil(part.x.shape[0]! / kase.batch);
  tf.dispose(part);
  model.dispose();
  return { ms };
}

/** Milliseconds of single predictions of one row, from a typed array to a typed array. */
function timePredict(kase: Case, calls: number, compiled: boolean) {
  const model = build(kase);
  const row = Float32Array.from({ length: kase.shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i));
  const predict = compiled ? compilePredict(model) : undefined;
  const once = () => tf.tidy(() => {
    const x = tf.tensor(row, [1, ...kase.shape]);
    return (predict ? predict(x)[0]! : (model.predict(x) as tf.Tensor)).dataSync();
  });
  for (let i = 0; i < 50; i++) once();
  const times = Array.from({ length: calls }, () => {
    const began = performance.now();
    once();
    return performance.now() - began;
  });
  predict?.dispose();
  model.dispose();
  return percentiles(times);
}

async function answer(request: Request): Promise<unknown> {
  if (request.what === 'electricity') return timeElectricity();
  if (request.what === 'converge') return converge(request.form!, request.seed!, request.epochs!);
  if (request.what === 'runs-on') return runsOn(request.name);
  const kase = [...cases, wide].find((c) => c.name === request.name)!;
  if (request.what === 'fit') return timeFit(kase, request.epochs ?? 1);
  if (request.what === 'tfjs-fit') return timeTfjsFit(kase);
  if (request.what === 'export') return exported(kase, request.folder!);
  if (request.what === 'profile') return profile(kase, dataOf(kase));
  return timePredict(kase, request.calls ?? 200, request.what === 'predict');
}

async function main(): Promise<void> {
  const backend = await loadBackend(['native'], { convolution: false });
  console.log(JSON.stringify({ ready: true, backend }));
  for await (const line of createInterface(process.stdin)) {
    console.log(JSON.stringify(await answer(JSON.parse(line) as Request)));
  }
}

void main();
