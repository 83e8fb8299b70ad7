import { ContinualError } from '../contracts';

/** An error of the training process, with the type and the retry semantics that it had there. */
export class JobFailed extends ContinualError {
  override readonly type: string;
  readonly terminal: boolean;

  constructor({ type, message, terminal, aborted }: { type: string; message: string; terminal: boolean; aborted: boolean }) {
    super(message);
    this.type = type;
    this.terminal = terminal;
    if (aborted) this.name = 'AbortError';
  }
}
