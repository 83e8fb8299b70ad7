import * as tf from '@tensorflow/tfjs';
import { InvalidInput } from '../../contracts';
import { readVariable, readWeights, type Learner } from '../learner';
import { carryMemory, carryOptimizer, carryTensors } from './carry';
import { moveWeight } from './move';
import type { Operation } from './operation';
import { planOf, prepare } from './plan';
import { newBiases } from './prior';
import type { SurgeryPlan, SurgeryRequest } from './types';

/**
 * Operates on a copy of the champion: the model that the pipeline names now, with the champion's weights as
 * `planSurgery` says, and all that goes with them: the optimizer's moments, the strategy's tensors, the memory's rows and
 * stored logits, the counts of classes. It can be trained on at once; the champion stays as it is. The same request gives
 * the same bits.
 *
 * New parts have moments of 0 and weights that nothing has settled yet: train with `learning.warmup`, so that the rate grows
 * from 0 while Adam's moments settle (OpenAI Five began at a rate of 0 for the same reason).
 *
 * @param plan what was agreed to; where it is not what would be done now, nothing is done
 * @returns a learner whose model is the caller's to dispose of
 * @throws InvalidInput as `planSurgery` does, and where the plan is another one
 * @example const { learner } = await train({ pipeline, table, parent: await operate(request, plan), backend });
 */
export async function operate(request: SurgeryRequest, plan?: SurgeryPlan): Promise<Learner> {
  const { champion, features, seed } = request;
  const { model, operation } = await prepare(request);
  try {
    if (plan) agree(plan, planOf(request, model, operation));
    const biases = biasesOf(request, operation);
    transplant(operation, seed, biases);
    const { strategy } = champion;
    return {
      model,
      features,
      steps: champion.steps,
      seen: features.classes.map((_, i) => champion.seen[i] ?? 0),
      optimizer: carryOptimizer(champion.optimizer, operation),
      strategy: strategy && {
        strategy: strategy.strategy,
        memory: strategy.memory && carryMemory(strategy.memory, champion.features, features),
        tensors: carryTensors(strategy.tensors, operation, readWeights(model), seed),
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function agree(given: SurgeryPlan, found: SurgeryPlan): void {
  const differs = (['variables', 'changes', 'preserved'] as const).find((part) => JSON.stringify(given[part]) !== JSON.stringify(found[part]));
  if (differs) throw new InvalidInput(`surgery: the plan's ${differs} are not what would be done now, since champion, model, columns or hints have changed; plan it again`);
}

/** The biases of new classes, where the champion's head grows. */
function biasesOf({ champion, features, rows }: SurgeryRequest, { transfers }: Operation): Float32Array {
  const grows = transfers.find(({ how, begin, ins }) => how === 'moved' && begin === 'zero' && ins === null);
  return grows ? newBiases(champion, features, rows, grows.source!.variable.dataSync<'float32'>()) : new Float32Array(features.classes.length - champion.features.classes.length);
}

/** Writes the new model's weights. */
function transplant({ transfers }: Operation, seed: number, biases: Float32Array): void {
  for (const transfer of transfers) {
    const { weight: { variable }, source, begin, ins } = transfer;
    const values = moveWeight(transfer, source && readVariable(source.variable), variable.dataSync<'float32'>(), seed);
    if (begin === 'zero' && ins === null && biases.length > 0) values.set(biases, values.length - biases.length);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}
