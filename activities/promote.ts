import type { LifecycleDependencies, PromoteInput, Promotion } from './types';

/** Makes the challenger champion, if no move came between. Safe to repeat: a move that this run made is found again. */
export const promote = ({ registry }: LifecycleDependencies) => async (input: PromoteInput): Promise<Promotion> => {
  const { pipeline, version: to, digest, after, run, by, reason, suites, losses } = input;
  const { moved, move } = await registry.move(pipeline, { after, kind: 'promotion', to, digest, run, by, reason, suites, losses });
  return { moved, revision: move.revision, champion: move.to };
};
