import { getClient, log } from '@temporalio/activity';
import type { RetrainInput } from '../contracts';
import { searchAttributeNames, searchAttributeType } from '../contracts';
import type { LifecycleDependencies, Resolved } from './types';
import { updatesSince } from './updates';

/** Looks up what a run begins with: the pipeline as applied last, its champion, and what the namespace can show. */
export const resolve = ({ registry }: LifecycleDependencies) => async ({ pipeline: name }: RetrainInput): Promise<Resolved> => {
  const { pipeline, revision } = await registry.pipeline(name);
  const move = await registry.champion(name);
  const manifest = move && (await registry.manifest(name, move.to)).manifest;
  const champion = move && manifest && {
    version: move.to,
    digest: move.digest,
    revision: move.revision,
    cursor: manifest.cursor,
    suites: move.suites,
    losses: move.losses,
    ...(move.kind === 'rollback' ? { rolledBack: { from: move.from!, reason: move.reason } } : {}),
    // A line without a limit may be long, and nobody asks.
    ...(pipeline.retrain.stateless === 'never' ? {} : { updates: await updatesSince(registry, manifest) }),
  };
  return { pipeline, pipelineRevision: revision, champion, searchAttributes: await knownSearchAttributes() };
};

/** Ours among the namespace's search attributes; none where they cannot be listed, since a run needs none. */
async function knownSearchAttributes(): Promise<string[]> {
  try {
    const client = getClient();
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: client.options.namespace });
    const strange = searchAttributeNames.filter((name) => (customAttributes?.[name] ?? searchAttributeType) !== searchAttributeType);
    if (strange.length > 0) log.warn(`the namespace has ${strange.join(', ')} as another type than Keyword, so runs do not set them; remove them there and run: continual setup`);
    return searchAttributeNames.filter((name) => customAttributes?.[name] === searchAttributeType);
  } catch (error) {
    log.debug('search attributes cannot be listed', { error });
    return [];
  }
}
