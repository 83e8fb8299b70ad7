/** A process: one case with one seed. */
import { extendFeatures, fitFeatures, loadBackend } from '../../learning';
import { checkSurgery, operate, planSurgery, type SurgeryCheck } from '../../learning/surgery';
import { answer } from '../jobs';
import { cases } from './cases';
import { trained, type Training } from './curve';

export interface SurgeryJob {
  kase: string;
  seed: number;
}
export interface SurgeryResult {
  note: string;
  /** Accuracy on the held-out rows after every 25 steps. */
  scratch: number[];
  surgery: number[];
  steps: number;
  check: SurgeryCheck;
  preserved: boolean;
  kept: number;
}

answer<SurgeryJob>(async ({ kase: name, seed }): Promise<SurgeryResult> => {
  const backend = await loadBackend(['native'], { convolution: false });
  const { data: load, before, after, newColumns = [], seen } = cases.find((kase) => kase.name === name)!;
  const data = await load();
  const past = seen?.(data.learned) ?? data.learned;
  const features = fitFeatures({ ...data.spec, exclude: newColumns }, past);
  const plain: Omit<Training, 'model' | 'features'> = { data, learned: data.learned, parent: null, seed, backend };
  const { learner: champion } = await trained({ ...plain, model: before, features, learned: past }, false);

  const extended = extendFeatures(features, data.spec, data.learned);
  const request = { champion, model: after, features: extended, rows: { table: data.learned }, seed };
  const plan = await planSurgery(request);
  const parent = await operate(request, plan);
  const check = checkSurgery(champion, parent, data.held);
  const surgery = await trained({ ...plain, model: after, features: extended, parent }, true);
  const scratch = await trained({ ...plain, model: after, features: fitFeatures(data.spec, data.learned), seed: seed + 100 }, true);
  return { note: data.note, scratch: scratch.accuracies, surgery: surgery.accuracies, steps: scratch.steps, check, preserved: plan.preserved, kept: plan.kept };
});
