import type { TrainingProgress } from '../../contracts';
import type { Registry } from '../../registry';

/** What a job of the training process stands on. */
export interface JobContext {
  registry: Registry;
  signal: AbortSignal;
  /** What a cancelled training leaves behind: its checkpoint, or nothing. */
  onCancel: () => 'keep' | 'discard';
  onProgress: (progress: TrainingProgress) => void;
}
