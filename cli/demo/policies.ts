import { join } from 'node:path';
import type { RowRange, Schema, Table } from '../../contracts';
import { pipelineSchema, type Pipeline } from '../../contracts';
import { pull, readSnapshot } from '../../data';
import { compareLoss, compareTables, poolLosses, profileTable, summariseLoss } from '../../drift';
import { accuracy, errors, kappaTemporal, labels, loadBackend, loadModel, persistence, predict, train, type Learner } from '../../learning';
import { openStore, Registry } from '../../registry';
import { measureForgetting, type Forgetting } from './forgetting';
import { firstRowOf, periods } from './periods';

export interface Figures {
  /** Accuracy in each period, before anything was trained on it. */
  accuracy: Record<'never retrained' | 'stateless each period' | 'stateful, as served' | 'repeat the last label', number[]>;
  /** Rows that went through an optimizer step after the first version. */
  rows: { stateless: number; stateful: number };
  kappaTemporal: Record<'never retrained' | 'stateless each period' | 'stateful, as served', number>;
  /** Periods of a stream without drift, and how many of them fired the drift trigger. */
  control: { periods: number; fired: number };
  forgetting: Forgetting;
}

type Message = { kind: 'first'; pipeline: string; store: string } | { kind: 'served'; champions: string[] };

const rangeOf = (period: number): RowRange => ({ from: firstRowOf(period), to: firstRowOf(period + 1) });
const eachPeriod = Array.from({ length: periods }, (_, i) => i + 1);
/** A training from scratch looks back over six periods, ten times: the best of the policies measured without gates. */
const scratch = { periods: 6, epochs: 10 };

/** Runs beside the lifecycle, in a process of its own: what other policies would have given on the same rows. */
async function compute(first: Extract<Message, { kind: 'first' }>, served: Promise<string[]>): Promise<Figures> {
  const backend = await loadBackend(['native'], { convolution: false });
  const registry = new Registry(openStore(first.store));
  const { pipeline } = await registry.pipeline(first.pipeline);
  const table = await rowsOf(pipeline);
  const control = await controlStream(pipeline);
  const stateless = await statelessEachPeriod(pipeline, table);
  const forgetting = await measureForgetting(pipeline, table, backend);

  const champions = await served;
  const truth = eachPeriod.map((period) => labelsOf(table, pipeline, rangeOf(period)));
  const predictionsOf = async (version: string, period: number) => {
    const learner = await loadVersion(registry, pipeline.name, version);
    const { predictions } = predict(learner.model, learner.features, table, rangeOf(period));
    learner.model.dispose();
    return predictions;
  };
  const never = [];
  const stateful = [];
  for (const period of eachPeriod) {
    never.push(await predictionsOf('1.1.0', period));
    stateful.push(await predictionsOf(champions[period - 1]!, period));
  }
  const scores = (predictions: Int32Array[]) => predictions.map((guess, i) => accuracy(guess, truth[i]!));
  const kappa = (predictions: Int32Array[]) => kappaTemporal(joined(predictions), joined(truth), labelBefore(table, pipeline, 1));
  return {
    accuracy: {
      'never retrained': scores(never),
      'stateless each period': scores(stateless.predictions),
      'stateful, as served': scores(stateful),
      'repeat the last label': eachPeriod.map((period, i) => persistence(truth[i]!, labelBefore(table, pipeline, period))),
    },
    rows: { stateless: stateless.rows, stateful: await statefulRows(registry, pipeline.name) },
    kappaTemporal: { 'never retrained': kappa(never), 'stateless each period': kappa(stateless.predictions), 'stateful, as served': kappa(stateful) },
    control,
    forgetting,
  };
}

async function rowsOf(pipeline: Pipeline, files = pipeline.source.files): Promise<Table> {
  const pulled = await pull({ pipeline, files: [files], after: null, until: null, schema: null });
  return readSnapshot(pulled.parquet, pulled.schema as Schema);
}

async function statelessEachPeriod(pipeline: Pipeline, table: Table) {
  const learning = { ...pipeline.learning, strategy: { name: 'stateless', options: {} }, scratchEpochs: scratch.epochs };
  const backend = await loadBackend(['native'], { convolution: false });
  const predictions = [];
  let rows = 0;
  for (const period of eachPeriod) {
    const range = { from: Math.max(0, rangeOf(period - scratch.periods).from), to: rangeOf(period).from };
    const { learner, rowsTouched } = await train({ pipeline: { ...pipeline, learning }, table, range, parent: null, backend });
    predictions.push(predict(learner.model, learner.features, table, rangeOf(period)).predictions);
    learner.model.dispose();
    rows += rowsTouched;
  }
  return { predictions, rows };
}

/** The drift trigger on a stream that does not drift: it must stay silent. */
async function controlStream(electricity: Pipeline): Promise<Figures['control']> {
  const file = join(__dirname, '..', '..', '..', 'examples', 'control', 'sea_stream.csv.gz');
  const pipeline = pipelineSchema.parse({ name: 'control', source: { files: file, time: 'time' }, label: { column: 'label' }, model: electricity.model });
  const table = await rowsOf(pipeline);
  const backend = await loadBackend(['native'], { convolution: false });
  const size = 1344;
  const held = { from: size * 3 - 269 * 3, to: size * 3 };
  const { learner } = await train({ pipeline, table, range: { from: 0, to: held.from }, parent: null, backend });
  const lossesOf = (range: RowRange) => errors(predict(learner.model, learner.features, table, range).predictions, labels(learner.features, table, range));
  const reference = profileTable(table, { from: 0, to: held.from });
  const normal = poolLosses([summariseLoss(lossesOf(held))]);
  let [count, fired] = [0, 0];
  for (let from = held.to; from + size <= table.rows; from += size) {
    const now = { from, to: from + size };
    const slice = { ...table, rows: size, time: table.time.subarray(now.from, now.to), columns: sliced(table, now) };
    count++;
    if (compareTables(reference, slice, 'label', compareLoss(normal, lossesOf(now))).fired) fired++;
  }
  learner.model.dispose();
  return { periods: count, fired };
}

function sliced({ columns }: Table, { from, to }: RowRange): Table['columns'] {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      column.kind === 'number' ? { ...column, values: column.values.subarray(from, to) } : { ...column, codes: column.codes.subarray(from, to) },
    ]),
  );
}

async function loadVersion(registry: Registry, pipeline: string, version: string): Promise<Learner> {
  const { manifest } = await registry.manifest(pipeline, version);
  const names = ['model.json', 'weights.bin', 'features.json'];
  return loadModel(Object.fromEntries(await Promise.all(names.map(async (name) => [name, await registry.readFile(manifest, name)] as const))));
}

async function statefulRows(registry: Registry, pipeline: string): Promise<number> {
  const versions = (await registry.versions(pipeline)).filter(({ version, state }) => version !== '1.1.0' && state !== 'reserved');
  const manifests = await Promise.all(versions.map(({ version }) => registry.manifest(pipeline, version)));
  return manifests.reduce((sum, { manifest }) => sum + manifest.training.rows, 0);
}

function labelsOf(table: Table, { label }: Pipeline, { from, to }: RowRange): Int32Array {
  const column = table.columns[label.column]!;
  if (column.kind !== 'category') throw new TypeError(`${label.column} holds no classes`);
  // As `features.classes` orders them: the classes of this stream are the numbers 0 and 1.
  return Int32Array.from(column.codes.subarray(from, to), (code) => Number(column.levels[code]));
}

const labelBefore = (table: Table, pipeline: Pipeline, period: number): number => {
  const { from } = rangeOf(period);
  return labelsOf(table, pipeline, { from: from - 1, to: from })[0]!;
};

const joined = (parts: Int32Array[]): Int32Array => Int32Array.from(parts.flatMap((part) => [...part]));

if (process.send) {
  let serve: (champions: string[]) => void;
  const served = new Promise<string[]>((resolve) => (serve = resolve));
  process.on('disconnect', () => process.exit(1));
  process.on('message', (message: Message) => {
    if (message.kind === 'served') serve(message.champions);
    else
      compute(message, served).then(
        (figures) => process.send!({ figures }, () => process.exit(0)),
        (error: unknown) => process.send!({ error: error instanceof Error ? error.stack : String(error) }, () => process.exit(1)),
      );
  });
}
