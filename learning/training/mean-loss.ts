import * as tf from '@tensorflow/tfjs';
import { TrainingDiverged } from '../../contracts';
import type { Session } from '../strategies';

/** The mean cross-entropy of this training's rows by the model as it is now, in nats. Throws TrainingDiverged where it is no finite number. */
export async function meanLoss({ model, rows, sweep, crossEntropy }: Session): Promise<number> {
  const total = tf.tidy(() => tf.variable(tf.scalar(0), false));
  try {
    await sweep('rows', ({ x, y }) => total.assign(total.add(crossEntropy(model.apply(x) as tf.Tensor2D, y).mul(y.shape[0]))));
    const loss = total.dataSync()[0]! / rows.count;
    if (!Number.isFinite(loss)) throw new TrainingDiverged(`the mean loss is ${loss} after a training without steps; look for extreme values in the columns`);
    return loss;
  } finally {
    total.dispose();
  }
}
