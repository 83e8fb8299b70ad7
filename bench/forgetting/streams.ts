import { Random } from '../../learning';
import { mnist, padded, permuted, rotated, straight, type Images, type Part } from './images';

/** What a protocol's tasks are. Plain JSON, since it decides the result. */
export interface StreamSpec {
  /** digits: two digits a task. permutation, rotation: all digits in each task, their pixels moved by it. */
  by: 'digits' | 'permutation' | 'rotation';
  tasks: number;
  /** What a model is asked: the digit · which of its task's two digits, without or with being told the task. */
  scenario: 'class' | 'domain' | 'task';
  /** Which digits make up a task: in order, or drawn by the seed. */
  digits?: 'ordered' | 'drawn';
  /** Images in a black frame up to 32 × 32. */
  frame?: boolean;
  /** Share of each task's training rows that is left out. */
  leftOut?: number;
  /** Training rows of one task, which dominates, and of each other; there is a stream for each that may dominate. */
  imbalance?: { dominant: number; others: number };
}

export interface Task {
  train: Part;
  test: Part;
}

/** Tasks in their order. */
export interface Stream {
  tasks: Task[];
  /** Names of the classes, in the order in which they come. */
  classes: string[];
  /** The classes of each head, where the task is told. */
  heads: number[][] | null;
}

/** The streams of one seed: one, or one for each task that dominates. Draws are the seed's. */
export function streams(spec: StreamSpec, seed: number, tuning: boolean): Stream[] {
  const sets = mnist(tuning);
  if (spec.by !== 'digits') return [moved(spec, seed, sets)];
  const { imbalance } = spec;
  if (!imbalance) return [split(spec, seed, sets, () => Infinity)];
  return Array.from({ length: spec.tasks }, (_, most) => split(spec, seed, sets, (task) => (task === most ? imbalance.dominant : imbalance.others), most));
}

type Sets = ReturnType<typeof mnist>;

function split(spec: StreamSpec, seed: number, { train, test }: Sets, rowsOf: (task: number) => number, which = 0): Stream {
  const digits = spec.digits === 'drawn' ? [...new Random(seed, 'digits').permutation(10)] : [...Array(10).keys()];
  const each = digits.length / spec.tasks;
  const classOf = Array.from({ length: 10 }, (_, digit) => (spec.scenario === 'domain' ? digits.indexOf(digit) % each : digits.indexOf(digit)));
  const pixels = spec.frame ? padded(32) : straight();
  const tasks = Array.from({ length: spec.tasks }, (_, task) => {
    const own = digits.slice(task * each, (task + 1) * each);
    const of = (images: Images): Part => ({ images, pixels, classOf, rows: Int32Array.from([...images.digits.keys()].filter((row) => own.includes(images.digits[row]!))) });
    const all = of(train);
    const kept = Math.min(rowsOf(task), Math.round(all.rows.length * (1 - (spec.leftOut ?? 0))));
    const rows = kept === all.rows.length ? all.rows : new Random(seed, 'rows', which, task).choose(all.rows.length, kept).map((i) => all.rows[i]!);
    return { train: { ...all, rows }, test: of(test) };
  });
  if (spec.scenario === 'domain') return { tasks, classes: Array.from({ length: each }, (_, i) => String(i)), heads: null };
  const heads = spec.scenario === 'task' ? tasks.map((_, task) => Array.from({ length: each }, (__, i) => task * each + i)) : null;
  return { tasks, classes: digits.map(String), heads };
}

function moved({ by, tasks }: StreamSpec, seed: number, { train, test }: Sets): Stream {
  const classOf = [...Array(10).keys()];
  const draw = (task: number) => {
    const random = new Random(seed, by, task);
    return by === 'rotation' ? rotated(180 * random.uniform()) : permuted(random);
  };
  return {
    tasks: Array.from({ length: tasks }, (_, task) => {
      const pixels = draw(task);
      const of = (images: Images): Part => ({ images, pixels, classOf, rows: Int32Array.from(images.digits.keys()) });
      return { train: of(train), test: of(test) };
    }),
    classes: classOf.map(String),
    heads: null,
  };
}
