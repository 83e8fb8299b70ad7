import type { Move } from '../contracts';
import { InvalidInput, UnknownVersion } from '../contracts';
import type { LifecycleDependencies, RollbackStep } from './types';

/**
 * Moves the alias back and withdraws the version that is left. Safe to repeat: a move that this run made is found again,
 * and withdrawing twice changes nothing. A rollback that was killed between the two is finished first, whoever began it.
 */
export const rollBack = ({ registry }: LifecycleDependencies) => async (input: RollbackStep) => {
  const { pipeline, run, reason, by } = input;
  await registry.pipeline(pipeline);
  const history = await registry.history(pipeline);
  for (const { kind, from, run: began, reason: because } of history)
    if (kind === 'rollback') await registry.withdraw(pipeline, from!, { run: began, reason: because });
  const mine = history.find((move) => move.run.runId === run.runId);
  const move = mine ?? (await goBack(history));
  await registry.withdraw(pipeline, move.from!, { run, reason });
  return { from: move.from!, to: move.to, revision: move.revision };

  async function goBack(moves: Move[]): Promise<Move> {
    const now = moves.at(-1);
    if (!now) throw new InvalidInput(`pipeline ${pipeline} has no champion to roll back from; start a first run with: continual start ${pipeline}`);
    if (input.from !== undefined && now.to !== input.from) throw new InvalidInput(`from is ${input.from}, but by now ${now.to} is champion of ${pipeline}; look at it, then roll back again`);
    const to = input.to ?? (await previous(moves, now));
    if (to === now.to) throw new InvalidInput(`to is ${to}, which is the champion already; see: continual versions ${pipeline}`);
    if (!moves.some((move) => move.to === to))
      throw new UnknownVersion(`to is ${to}, which was never champion of ${pipeline}; see: continual history ${pipeline}`);
    const { digest } = await registry.manifest(pipeline, to);
    // What was kept while it served: suites and losses of later champions may come from the rows that made them bad.
    const { suites, losses } = moves.findLast((move) => move.to === to)!;
    const { moved, move } = await registry.move(pipeline, { after: now.revision, kind: 'rollback', to, digest, run, by, reason, suites, losses });
    if (!moved) throw new InvalidInput(`${move.to} became champion of ${pipeline} meanwhile; look at it, then roll back again`);
    return move;
  }

  /** What the champion took over from when it was promoted, and so on past what has been withdrawn: never a later version. */
  async function previous(moves: Move[], now: Move): Promise<string> {
    const before = (version: string) => moves.find((move) => move.kind === 'promotion' && move.to === version)?.from ?? null;
    for (let version = before(now.to); version !== null; version = before(version))
      if (!(await registry.withdrawn(pipeline, version))) return version;
    throw new UnknownVersion(`${pipeline} has no earlier champion than ${now.to} to go back to`);
  }
};
