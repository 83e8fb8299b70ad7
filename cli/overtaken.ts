import type { Registry } from '../registry';

/**
 * The version that became champion while a run worked on its candidate, or null. A promotion counts only against the champion
 * that the run began with, so that this run can only end as superseded.
 */
export async function overtakenBy(registry: Registry, pipeline: string, candidate: string): Promise<string | null> {
  const [reservation, move] = await Promise.all([registry.reservation(pipeline, candidate), registry.champion(pipeline)]);
  if (reservation === null || move === null || move.to === candidate) return null;
  // After a rollback the same version may serve again, by another move.
  return move.to !== reservation.parent || move.at > reservation.at ? move.to : null;
}

export const overtakenText = (champion: string): string => `${champion} became champion meanwhile; this run will be superseded`;
