import { z } from 'zod';
import { pipelineName, sha256, versionName } from './names';

/** Which execution did it: enough to find it in Temporal, and to know one's own work again. */
export const runReference = z.strictObject({ workflowId: z.string(), runId: z.string() });
export type RunReference = z.output<typeof runReference>;

export const storedFile = z.strictObject({ key: z.string(), sha256, bytes: z.number().int().nonnegative() });
export type StoredFile = z.output<typeof storedFile>;

const rowRange = z.strictObject({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() });

/** One snapshot that the version's lineage used, and how: what was trained on, what was held out and never will be. */
export const snapshotUse = z.strictObject({
  digest: sha256,
  rows: z.number().int().nonnegative(),
  trained: rowRange,
  heldOut: rowRange,
  /** Time of the first and of the last row. */
  first: z.iso.datetime(),
  last: z.iso.datetime(),
});
export type SnapshotUse = z.output<typeof snapshotUse>;

/** Where the numbers came from: the same here means the same bits. */
export const backendFacts = z.strictObject({
  name: z.enum(['native', 'wasm', 'js']),
  tensorflow: z.string(),
  device: z.enum(['cpu', 'gpu']),
  onednn: z.boolean(),
  threads: z.number().int(),
  cpu: z.string(),
});
export type BackendFacts = z.output<typeof backendFacts>;

/** Trained from scratch; continued from the champion; continued from a champion that was operated on. */
export const trainingMode = z.enum(['stateless', 'stateful', 'surgery']);
export type TrainingMode = z.output<typeof trainingMode>;

/** All that a version is. Written last and only once; every file it names is checked against it on reading. */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  pipeline: pipelineName,
  version: versionName,
  parent: versionName.nullable(),
  mode: trainingMode,
  run: runReference,
  created: z.iso.datetime(),
  pipelineRevision: z.number().int().positive(),
  schemaVersion: z.number().int().positive(),
  classes: z.array(z.string()),
  /** model.json, weights.bin, features.json, optimizer.bin, memory.bin, profile.json; tf.js loads the first two. */
  files: z.record(z.string(), storedFile),
  snapshots: z.array(snapshotUse),
  /** Time of the last row that the lineage has used, trained on or held out; rows after it are new. */
  cursor: z.iso.datetime(),
  /** How the champion became the model that this version's training began with. */
  surgery: z
    .strictObject({
      /** SHA-256 of the whole plan: surgeries/<plan>.json. */
      plan: sha256,
      transfer: z.enum(['weights', 'distil', 'memory']),
      /** Share of the champion's parameters that live on, 0..1. */
      kept: z.number(),
      /** Whether the plan promised the champion's logits. */
      preserved: z.boolean(),
      /** Real rows on which both were compared before the training: the largest difference of a logit (null where one is no finite number), the share of equal decisions. */
      check: z.strictObject({ rows: z.number().int(), difference: z.number().nullable(), agreement: z.number() }).nullable(),
    })
    .optional(),
  training: z.strictObject({
    strategy: z.string(),
    rows: z.number().int(),
    steps: z.number().int(),
    seconds: z.number(),
    loss: z.number(),
    backend: backendFacts,
    /** False when a resume went on under other conditions than the checkpoint's. */
    reproducible: z.boolean(),
    /** How steps were taken: as one graph, or op by op. Missing in versions of releases that did not record it. */
    form: z.enum(['graph', 'eager']).optional(),
    /** What the strategy carries on besides the model: bytes of rows, logits, sums and the like, and how many rows they hold. */
    memory: z.strictObject({ bytes: z.number().int(), rows: z.number().int() }).optional(),
  }),
});
export type Manifest = z.output<typeof manifestSchema>;

/** Held-out rows of a period that a champion mastered, and the best figure that any champion reached on them. */
export const suiteSchema = z.strictObject({
  /** The version at whose promotion it was kept. */
  name: versionName,
  snapshot: sha256,
  rows: rowRange,
  /** Best accuracy recorded, 0..1. */
  best: z.number(),
});
export type Suite = z.output<typeof suiteSchema>;

/** What is kept of the losses on one block of held-out rows: their mean and its one-sided upper bound. */
export const lossSummary = z.strictObject({ rows: z.number().int().positive(), mean: z.number(), upper: z.number() });
export type LossSummary = z.output<typeof lossSummary>;

/** One step of an alias's history: what serves from then on. The n-th exists once and for ever. */
export const moveSchema = z.strictObject({
  format: z.literal(1),
  pipeline: pipelineName,
  revision: z.number().int().positive(),
  kind: z.enum(['promotion', 'rollback']),
  from: versionName.nullable(),
  to: versionName,
  /** SHA-256 of the manifest of `to`. */
  digest: sha256,
  run: runReference,
  at: z.iso.datetime(),
  by: z.string(),
  reason: z.string(),
  suites: z.array(suiteSchema),
  /** Losses of the last five champions on the rows that came after them, oldest first: what is normal for this pipeline. */
  losses: z.array(lossSummary).max(5),
});
export type Move = z.output<typeof moveSchema>;
