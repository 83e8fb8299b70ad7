/** A process: all policies on one stream with one seed. */
import { loadBackend } from '../../learning';
import { answer } from '../jobs';
import { policies } from './policies';
import { baseline, prequential, type Outcome } from './prequential';
import { streams } from './streams';

export interface StreamJob {
  stream: string;
  seed: number;
}
export interface StreamResult {
  note: string;
  persistence: number;
  /** In the order of `policies`. */
  outcomes: Outcome[];
}

answer<StreamJob>(async ({ stream: name, seed }): Promise<StreamResult> => {
  const backend = await loadBackend(['native'], { convolution: false });
  const stream = await streams[name]!();
  const outcomes = [];
  for (const policy of policies) outcomes.push(await prequential(stream, policy, seed, backend));
  return { note: stream.note, persistence: baseline(stream), outcomes };
});
