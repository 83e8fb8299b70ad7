import type { ModelSpec, Pipeline } from '../../contracts';
import type { StreamSpec } from './streams';

type Learning = Pipeline['learning'];

/** How long and with what each task is trained. */
export interface Schedule extends Pick<Learning, 'optimizer' | 'rate' | 'batch'> {
  /** Passes over a task's rows; or steps of the optimizer, rounded to whole passes. */
  length: { epochs: number } | { steps: number };
}

/** A figure that others measured, 0..1. */
export interface Reference {
  accuracy: number;
  source: string;
  /**
   * What is asked of ours. at least: the mean is not more than .5 point below it; `chart` allows a whole point, since the
   * figure was read off one. within 3 points: it fails, and ours must fail alike. Nothing, where it is left out.
   */
  asked?: 'at least' | 'at least (chart)' | 'within 3 points';
}

export interface Method {
  /** Its name in the table and for `--methods`, which separates names by commas. */
  name: string;
  /** A strategy of the product with its options, for the task of this number, from 0. */
  strategy(task: number): Learning['strategy'];
  /** Where it differs from the protocol's schedule; `later` from the second task on. */
  schedule?: Partial<Schedule>;
  later?: Partial<Schedule>;
  reference?: Reference;
}

export interface Protocol {
  name: string;
  /** Not among `all`. */
  apart?: true;
  title: string;
  /** Where it comes from, and what was taken from the source's code. */
  source: string;
  /** Where ours is not the source's. */
  ours: string[];
  stream: StreamSpec;
  model: ModelSpec;
  /** An input is (pixel - mean) / sd with pixels of 0..255. */
  scale: { mean: number; sd: number };
  schedule: Schedule;
  /** Whether the model has an output for each class from the start, or gets it when the class comes. */
  outputs: 'all' | 'grow';
  /** once: the rows of all tasks fit into memory. portions: they come mixed in portions, pass after pass. */
  joint: 'once' | 'portions';
  methods: Method[];
}

/** A method with the same strategy for all tasks. */
export function method(name: string, strategy: string, options: Record<string, unknown>, more: Omit<Method, 'name' | 'strategy'> = {}): Method {
  return { name, strategy: () => ({ name: strategy, options }), ...more };
}

/** The schedule of one task. */
export const scheduleOf = ({ schedule }: Protocol, { schedule: own, later }: Method, task: number): Schedule => ({ ...schedule, ...own, ...(task > 0 ? later : {}) });

/** The bounds that every protocol is run with. */
export const none = (reference?: Reference): Method => method('none', 'fine-tune', {}, reference ? { reference } : {});
export const joint = (reference?: Reference, more: Partial<Method> = {}): Method => method('joint', 'joint', {}, { ...(reference ? { reference } : {}), ...more });
/** The default strategy, within so many bytes. @param options what a protocol's schedule asks of it */
export const ours = (bytes: number, { options, ...more }: Omit<Method, 'name' | 'strategy'> & { options?: { repeats: number } } = {}): Method =>
  method(`default ${Math.round(bytes / 1000)} kB`, 'packed-replay', { bytes, ...options }, more);
/** What so many rows of 28 × 28 pixels take in a version: a byte a pixel, the class, what is kept beside them, and counts of ten classes. */
export const stored = (rows: number, beside = 0): number => rows * (28 * 28 + 1 + beside) + 90;
