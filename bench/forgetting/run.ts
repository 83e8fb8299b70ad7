import type { BackendFacts, Pipeline, Table } from '../../contracts';
import { learn, operate, strategyNamed, type EncodedRows, type Features, type Learner, type TrainingResult } from '../../learning';
import { Random } from '../../learning';
import { weightsOf } from '../../learning/models';
import { accuracyOn } from './evaluate';
import { encoded, mixed } from './images';
import './models';
import { scheduleOf, type Method, type Protocol } from './protocol';
import { streams, type Stream } from './streams';

/** What one seed of one method gave; means where a protocol has several streams. */
export interface Outcome {
  /** Mean over the tasks after the last one, 0..1. */
  accuracy: number;
  /** Accuracy on task j after training on task i, on the first 2,000 test rows of a task; `accuracy` is on all. null for joint training. */
  matrix: number[][] | null;
  /** Bytes carried from task to task beyond the model, at most. */
  carried: number;
  /** Seconds in all, and in training steps. */
  seconds: number;
  training: number;
  /** How the steps were taken. A task of fewer steps than are worth compiling is taken eagerly. */
  forms: string[];
}

const judgedInStream = 2000;

/** Runs one method through a protocol's tasks: one lineage of learners, each from `learn`. */
export async function run(protocol: Protocol, method: Method, seed: number, tuning: boolean, backend: BackendFacts): Promise<Outcome> {
  const began = performance.now();
  const outcomes: Outcome[] = [];
  for (const stream of streams(protocol.stream, seed, tuning)) {
    const through = method.strategy(0).name === 'joint' ? jointly : inTurn;
    outcomes.push(await through({ protocol, method, stream, seed, backend }));
  }
  return {
    accuracy: mean(outcomes.map(({ accuracy }) => accuracy)),
    matrix: outcomes[0]!.matrix?.map((row, i) => row.map((_, j) => mean(outcomes.map(({ matrix }) => matrix![i]![j]!)))) ?? null,
    carried: Math.max(...outcomes.map(({ carried }) => carried)),
    seconds: (performance.now() - began) / 1000,
    training: outcomes.reduce((sum, { training }) => sum + training, 0),
    forms: [...new Set(outcomes.flatMap(({ forms }) => forms))],
  };
}

interface Course {
  protocol: Protocol;
  method: Method;
  stream: Stream;
  seed: number;
  backend: BackendFacts;
}
type Taken = Omit<Outcome, 'seconds'>;

async function inTurn(course: Course): Promise<Outcome> {
  const { protocol, method, stream } = course;
  const taken: Taken & { matrix: number[][] } = { accuracy: 0, matrix: [], carried: 0, training: 0, forms: [] };
  let learner: Learner | null = null;
  for (const [t, task] of stream.tasks.entries()) {
    const rows = encoded(task.train);
    const classes = protocol.outputs === 'all' ? stream.classes.length : rows.y.reduce((most, label) => Math.max(most, label + 1), learner?.features.classes.length ?? 0);
    const features: Features = learner?.features.classes.length === classes ? learner.features : featuresFor(protocol, stream, classes);
    if (learner && features !== learner.features) {
      // As a run of the lifecycle does it: the rows that bring the new classes tell how frequent these are.
      const surgery = { champion: learner, model: protocol.model, features, rows: { table: tableOf(rows, features) }, seed: course.seed };
      learner = replaced(learner, await operate(surgery));
    }
    const before: Learner | null = learner;
    const result: TrainingResult = await step(course, t, { ...rows, features }, before);
    learner = result.learner;
    before?.model.dispose();
    note(taken, result);
    const last = t === stream.tasks.length - 1;
    taken.matrix.push(judged(learner, stream, t + 1, judgedInStream));
    if (last) taken.accuracy = mean(judged(learner, stream, t + 1));
    if (!last || t === 0) taken.carried = Math.max(taken.carried, carriedBy(learner, method.strategy(t)));
  }
  learner!.model.dispose();
  return { ...taken, seconds: 0 };
}

/** All tasks at once: one training; or, where the rows are too many, passes over mixed portions of them. */
async function jointly(course: Course): Promise<Outcome> {
  const { protocol, method, stream, seed } = course;
  const parts = stream.tasks.map(({ train }) => train);
  const features = featuresFor(protocol, stream, stream.classes.length);
  const taken: Taken = { accuracy: 0, matrix: null, carried: 0, training: 0, forms: [] };
  let learner: Learner | null = null;
  if (protocol.joint === 'once') {
    const result = await step(course, 0, { ...encoded(...parts), features }, null, parts.length);
    note(taken, result);
    learner = result.learner;
  } else {
    const { length } = scheduleOf(protocol, method, 0);
    if (!('epochs' in length)) throw new Error(`${protocol.name}: joint training in portions goes by epochs`);
    const fineTuned: Course = { ...course, method: { ...method, strategy: () => ({ name: 'fine-tune', options: {} }), schedule: { ...method.schedule, length: { epochs: 1 } } } };
    for (let epoch = 0; epoch < length.epochs; epoch++) {
      for (const rows of mixed(parts, new Random(seed, 'joint', epoch))) {
        const before: Learner | null = learner;
        const result = await step(fineTuned, 0, { ...rows, features }, before);
        note(taken, result);
        learner = result.learner;
        before?.model.dispose();
      }
    }
  }
  const accuracy = mean(judged(learner!, stream, stream.tasks.length));
  learner!.model.dispose();
  const carried = parts.reduce((sum, { rows, pixels }) => sum + rows.length * (pixels.length + 1), 0);
  return { ...taken, carried, accuracy, seconds: 0 };
}

/** The accuracy on each of the first tasks. */
const judged = (learner: Learner, { tasks }: Stream, count: number, rows = Infinity): number[] => tasks.slice(0, count).map(({ test }) => accuracyOn(learner, test, rows));
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** One training through the product. @param times how many tasks' steps it takes, where a schedule counts steps */
function step({ protocol, method, seed, backend }: Course, task: number, rows: EncodedRows, parent: Learner | null, times = 1): Promise<TrainingResult> {
  const { optimizer, rate, batch, length } = scheduleOf(protocol, method, task);
  const epochs = 'epochs' in length ? length.epochs : Math.max(1, Math.round((length.steps * times) / Math.ceil(rows.y.length / batch)));
  const learning: Pipeline['learning'] = { mode: 'stateful', strategy: method.strategy(task), epochs, scratchEpochs: epochs, batch, optimizer, rate, seed };
  return learn({ model: protocol.model, learning, rows, parent, backend });
}

function featuresFor({ scale }: Protocol, { tasks, classes, heads }: Stream, known: number): Features {
  const width = tasks[0]!.train.pixels.length;
  const inputs = Array.from({ length: width }, (_, i) => ({ kind: 'number', column: `pixel ${i}`, count: 1, mean: 0, m2: 0, origin: 0, indicator: false }) as const);
  const grouped = heads && { heads: { column: 'task', names: heads.map((_, i) => String(i + 1)), classes: heads } };
  return { format: 1, label: 'digit', classes: classes.slice(0, known), inputs, width, scaler: 'shared', shared: scale, ...grouped };
}

/** The last of some rows as a run pulls them: as many as a surgery looks at. */
function tableOf({ encoded, y }: { encoded: Float32Array; y: Int32Array }, { inputs, width, classes }: Features): Table {
  const rows = Math.min(y.length, 2048);
  const first = y.length - rows;
  const columns = inputs.map((input, i) => [(input as { column: string }).column, { kind: 'number' as const, values: Float64Array.from({ length: rows }, (_, row) => encoded[(first + row) * width + i]!) }] as const);
  return { rows, time: new Float64Array(rows), columns: { ...Object.fromEntries(columns), digit: { kind: 'category', levels: classes, codes: y.subarray(first) } } };
}

/** What a strategy carries: rows as the version stores them, what is kept beside them, its tensors, and the frozen model where it asks for one. */
function carriedBy({ model, strategy }: Learner, { name, options }: Pipeline['learning']['strategy']): number {
  const arrays = [...Object.values(strategy?.memory ?? {}), ...Object.values(strategy?.tensors ?? {})];
  const teacher = strategyNamed(name, options).previous ? weightsOf(model).reduce((sum, { variable }) => sum + 4 * variable.size, 0) : 0;
  return arrays.reduce((sum, { values }) => sum + values.byteLength, teacher);
}

function note(taken: Taken, { seconds, form }: TrainingResult): void {
  taken.training += seconds;
  if (!taken.forms.includes(form)) taken.forms.push(form);
}

function replaced(old: Learner, next: Learner): Learner {
  old.model.dispose();
  return next;
}
