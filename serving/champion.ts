import { ContinualError, type Move } from '../contracts';
import type { Registry } from '../registry';
import { load } from './load';
import { Served } from './served';

/** Where a server writes what happens; pino's loggers and Temporal's fit. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const aMinute = 60_000;

/**
 * Follows a pipeline's alias. `look` is called again and again; a new champion is loaded beside the old one, stands in
 * for it at once, and the old one goes when its last request is answered. What cannot be loaded leaves the old one.
 */
export class Champion {
  /** What serves; null before the first champion. */
  served: Served | null = null;
  /** Why what serves is not what the alias says, in words; null where it is. */
  problem: string | null;
  private revision = 0;
  /** When what cannot be loaded is worth another look. */
  private again = 0;
  private readonly none: string;

  constructor(readonly pipeline: string, private readonly registry: Registry, private readonly log: Log) {
    this.none = `${pipeline} has no champion yet; continual start ${pipeline} trains the first one, and this server follows by itself.`;
    this.problem = this.none;
  }

  /** Compares the alias with what serves, and follows it. Never throws. */
  async look(): Promise<void> {
    let move: Move | null = null;
    try {
      move = await this.registry.champion(this.pipeline);
      if (move === null && this.served === null) this.problem = this.none;
      if (move === null || (move.revision === this.revision && Date.now() < this.again)) return;
      await this.follow(move);
      this.revision = move.revision;
      this.again = Infinity;
    } catch (error) {
      // A store that is away comes back by itself; a corrupt file or a permission takes a person, and some time.
      const takesTime = move !== null && error instanceof ContinualError && error.terminal;
      this.revision = takesTime ? move!.revision : 0;
      this.again = Date.now() + aMinute;
      this.report(error, move);
    }
  }

  close(): void {
    this.served?.retire();
    this.served = null;
  }

  private async follow(move: Move): Promise<void> {
    const old = this.served;
    if (old?.loaded.digest !== move.digest) {
      this.served = new Served(await load(this.registry, move));
      old?.retire();
      this.log.info(`${this.pipeline}: ${move.to} serves${old ? ` instead of ${old.loaded.version}` : ''} (${move.kind}, revision ${move.revision})`);
    }
    this.problem = null;
  }

  private report(error: unknown, move: Move | null): void {
    const message = error instanceof Error ? error.message : String(error);
    const wanted = move ? `${move.to} cannot be loaded` : 'the champion cannot be looked up';
    const still = this.served ? `${this.served.loaded.version} goes on serving` : 'nothing serves';
    const problem = `${this.pipeline}: ${wanted}, ${still}: ${message}`;
    if (problem !== this.problem) this.log.error(problem);
    this.problem = problem;
  }
}
