/** What went wrong, in words for the person who must mend it, and whether trying again can help. */
export abstract class ContinualError extends Error {
  /** Stable name, the `type` of the Temporal failure that this error becomes. */
  readonly type: string = this.constructor.name;
  /** A terminal error is never retried: the same input will fail again. */
  abstract readonly terminal: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = this.constructor.name;
  }
}

/** Never retried: the cause does not go away by itself. */
export abstract class TerminalError extends ContinualError {
  readonly terminal = true;
}

/** Retried by the activity's policy: a network, a process or a machine that may come back. */
export abstract class TransientError extends ContinualError {
  readonly terminal = false;
}

/** An input, a pipeline or a file says something that cannot be meant. */
export class InvalidInput extends TerminalError {}
/** The store refuses: credentials or a permission are wrong, and a person must mend them. */
export class StoreDenied extends InvalidInput {}
/** No pipeline of that name has been applied. */
export class UnknownPipeline extends TerminalError {}
/** No version of that name, or it is not one that may be used so (withdrawn, another pipeline's). */
export class UnknownVersion extends TerminalError {}
/** The source names files that are not there, or that cannot be read as what they say they are. */
export class SourceUnreadable extends TerminalError {}
/** The data no longer fit the schema that the pipeline holds. */
export class SchemaMismatch extends TerminalError {}
/** The bytes are not what their manifest says. They will not change by asking again. */
export class CorruptArtifact extends TerminalError {}
/** The model cannot be trained to finite numbers on these rows. */
export class TrainingDiverged extends TerminalError {}
/** A training took longer than its pipeline allows. */
export class TrainingTooLong extends TerminalError {}
/** A result is too large for a workflow's history; it belongs into the store. */
export class ResultTooLarge extends TerminalError {}
/** A document has fields that this program does not know: a newer release has written it. Another worker may be of that release. */
export class NewerRelease extends TransientError {}
/** The store does not answer, or answers with an error that may pass. */
export class StoreUnavailable extends TransientError {}
/** The training process ended before its job did. */
export class TrainingProcessLost extends TransientError {}
/** No backend that the pipeline allows can train or run this model on this machine; another one of the queue may have it. */
export class BackendUnavailable extends TransientError {}
