import { weightsOf } from '../../../learning/models';
import type { Learner } from '../../../learning';
import reference from '../reference/rehearsal.json';
import { expectClose } from './regularisers';

export { reference };

/** Expects the weights after each training to be those of the reference. */
export function expectWeights(learners: Learner[], name: keyof typeof reference.weights): void {
  learners.forEach(({ model }, i) => {
    const expected = reference.weights[name][i]!;
    for (const { name: weight, variable } of weightsOf(model)) {
      expectClose(variable.dataSync<'float32'>(), expected[weight as keyof typeof expected], `${weight} after training ${i + 1}`);
    }
  });
}

/** The memory of a version: labels, and bytes of each of its arrays. */
export function memoryOf({ strategy }: Learner): { y: number[]; bytes: Record<string, number> } {
  const memory = strategy!.memory!;
  return { y: [...memory.y!.values], bytes: Object.fromEntries(Object.entries(memory).map(([name, { values }]) => [name, values.byteLength])) };
}
