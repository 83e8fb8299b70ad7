import { z } from 'zod';
import { duration, positiveDuration } from './duration';
import { pipelineName } from './names';

const columnName = z.string().min(1).max(200);
const share = z.number().gt(0).lt(1);

const source = z.strictObject({
  /** A path or glob (relative to the pipeline's file), or `s3://bucket/prefix`. */
  files: z.string().min(1),
  /** Guessed from the files' names where it is left out. */
  format: z.enum(['csv', 'parquet', 'jsonl']).optional(),
  /** The column that orders the rows; what comes after the cursor in it is new. */
  time: columnName,
  /** Types that should not be inferred. */
  types: z.record(columnName, z.enum(['number', 'category'])).default({}),
  /** How late rows may come: a run without `until` leaves as much of the newest time to the next one. */
  lateness: duration.optional(),
});

const label = z
  .strictObject({
    column: columnName,
    /**
     * A category column that says which classes a row can be one of, also when it is predicted: the task of task-incremental
     * learning. Each class occurs with one of its values. It is no input of the model.
     */
    head: columnName.optional(),
  })
  .refine(({ column, head }) => column !== head, { path: ['head'], message: 'another column than the label' });

const features = z.strictObject({
  /** Columns that the model must not see. */
  exclude: z.array(columnName).default([]),
  /** Cycles of time given to the model as sine and cosine. */
  cycles: z.array(z.enum(['day', 'week', 'year'])).default(['day', 'week']),
});

const layerSize = z.number().int().min(1).max(65_536);
const activation = z.enum(['relu', 'elu', 'selu', 'tanh', 'sigmoid', 'swish']).default('relu');
const model = z.union([
  z.strictObject({ mlp: z.array(layerSize).max(32), activation, dropout: z.number().min(0).lt(1).default(0) }),
  z.strictObject({
    cnn: z.strictObject({
      /** Height, width, channels; the feature columns, in order, are the pixels. */
      image: z.tuple([layerSize, layerSize, z.number().int().min(1).max(16)]),
      filters: z.array(layerSize).min(1).max(16),
      dense: layerSize.default(128),
    }),
    activation,
    dropout: z.number().min(0).lt(1).default(0),
  }),
  /** A tf.js layers model's JSON topology; layers are allow-listed. */
  z.strictObject({ layers: z.record(z.string(), z.unknown()) }),
  /** A function registered on the training worker. */
  z.strictObject({ builder: z.string().min(1), options: z.record(z.string(), z.unknown()).default({}) }),
]);

const strategy = z.union([
  z.string().min(1).transform((name) => ({ name, options: {} as Record<string, unknown> })),
  z
    .looseObject({ name: z.string().min(1), options: z.record(z.string(), z.unknown()).optional() })
    .transform(({ name, options, ...rest }) => ({ name, options: { ...options, ...rest } as Record<string, unknown> })),
]);

const learning = z.strictObject({
  /** stateful continues from the champion; stateless trains from scratch each time. */
  mode: z.enum(['stateful', 'stateless']).default('stateful'),
  strategy: strategy.default({ name: 'packed-replay', options: {} }),
  /** Rows that are trained on but that no memory keeps: where the column has one of these values, or none at all. */
  private: z
    .strictObject({ column: columnName, values: z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)).min(1) })
    .optional(),
  /** Passes over the new rows of a stateful update. */
  epochs: z.number().int().min(1).max(10_000).default(3),
  /** Passes over all rows when training from scratch. */
  scratchEpochs: z.number().int().min(1).max(10_000).default(10),
  /** Snapshots that a stateless training goes back; all of the lineage's where it is left out. */
  window: z.number().int().min(1).optional(),
  batch: z.number().int().min(1).max(65_536).default(64),
  optimizer: z.enum(['adam', 'sgd', 'momentum', 'rmsprop', 'adagrad']).default('adam'),
  rate: z.number().gt(0).max(10).default(0.001),
  /** Steps over which the rate grows from 0 to its full size at the start of each training; after a surgery moments settle meanwhile. */
  warmup: z.number().int().min(0).max(1_000_000).optional(),
  seed: z.number().int().min(0).max(0xffffffff).default(1),
});

const retrain = z.strictObject({
  on: z.array(z.enum(['new-data', 'drift'])).min(1).default(['new-data', 'drift']),
  /** When a stateful pipeline trains from scratch again. */
  stateless: z
    .string()
    .regex(/^(never|every [1-9]\d{0,5} updates)$/, '"never" or "every 12 updates"')
    .default('never'),
  /** Fewer new rows than this are left for the next run. */
  minimumRows: z.number().int().min(10).default(200),
});

const gates = z.strictObject({
  metric: z.enum(['accuracy']).default('accuracy'),
  /** How much worse than the champion a challenger may be on fresh rows. */
  margin: z.number().min(0).max(1).default(0.02),
  /** Demand that the challenger is better, not only not worse. */
  better: z.boolean().default(false),
  /** The last contiguous share of a period, never trained on. */
  holdout: share.default(0.2),
  confidence: z.number().min(0.5).lt(1).default(0.95),
  /** How much of the best recorded figure of a kept suite may be lost. */
  forgetting: z.number().min(0).max(1).default(0.02),
  /** Kept suites; the oldest retires first. */
  suites: z.number().int().min(0).max(100).default(6),
  /** With fewer held-out rows than this, evidence is small and counts as doubt. */
  minimumRows: z.number().int().min(1).default(100),
});

const approval = z.strictObject({
  when: z.enum(['always', 'in-doubt', 'never']).default('in-doubt'),
  deadline: positiveDuration.default('2d'),
  /** When the open request is brought up again; half the deadline where it is left out. */
  reminder: duration.optional(),
  atDeadline: z.enum(['reject', 'approve']).default('reject'),
});

/** What happens where the model, the columns, the categories or the classes are no longer the champion's. */
const surgery = z.strictObject({
  /** always: a person agrees before another architecture is promoted. with-gates: as `approval` says for any challenger. */
  approval: z.enum(['always', 'with-gates']).default('always'),
  /** The champion's layer that a new layer comes from, where names do not say it; null for none. */
  hints: z.record(z.string(), z.string().nullable()).default({}),
  /** New units of a wider layer: with outgoing weights of zero, or as twins of old ones that share theirs (Net2Net). */
  widening: z.enum(['zero-outgoing', 'net2net']).default('zero-outgoing'),
  /** weights: the champion's weights go into the new model. distil: a new model learns from the champion's answers. */
  transfer: z.enum(['weights', 'distil']).default('weights'),
  /** Also train from scratch on the same rows and for as many steps, and say which was better. */
  control: z.boolean().default(false),
});

const schedule = z
  .strictObject({
    cron: z.string().min(1).optional(),
    every: positiveDuration.optional(),
    timezone: z.string().optional(),
    jitter: duration.default('0s'),
    /** Runs missed while Temporal was down are made up for within this time. */
    catchUp: duration.default('1h'),
  })
  .refine((s) => (s.cron === undefined) !== (s.every === undefined), 'name either cron or every');

const training = z.strictObject({
  /** Task queue of the machines that train; the workflow's own where it is left out. */
  queue: z.string().min(1).max(200).optional(),
  /** Where the pipeline may train: native TensorFlow, WebAssembly, plain JavaScript; the first that works. */
  backends: z.array(z.enum(['native', 'wasm', 'js'])).min(1).default(['native']),
  /** How long a training may wait for a worker on its queue. */
  wait: positiveDuration.default('10m'),
  /** How long one training may take. */
  limit: positiveDuration.default('12h'),
});

/**
 * A model that is kept learning: where its rows come from, what it is, how it learns, what it must pass, who decides.
 * Everything but `name`, `source`, `label` and `model` has a default.
 */
export const pipelineSchema = z.strictObject({
  name: pipelineName,
  source,
  label,
  features: features.prefault({}),
  model,
  learning: learning.prefault({}),
  retrain: retrain.prefault({}),
  gates: gates.prefault({}),
  approval: approval.prefault({}),
  surgery: surgery.prefault({}),
  schedule: schedule.optional(),
  training: training.prefault({}),
});

export type Pipeline = z.output<typeof pipelineSchema>;
export type PipelineInput = z.input<typeof pipelineSchema>;
export type ModelSpec = Pipeline['model'];
