import * as tf from '@tensorflow/tfjs';
import type { Compiled } from './compile';
import { longStep } from './forms';
import { snapshot } from './state';
import type { OptimizerUse } from './trace';

/** The forms that pick their rows out of resident data. */
export type RowForm = 'gathered' | 'loop';

/** Milliseconds of measuring after which a step is slow enough for one more round not to be worth its time. */
const enough = 100;

/**
 * The faster of the two forms here, if both give the same bits from the same state; else `gathered`, so that the
 * choice never shows in the weights. The variables are as before when it returns.
 */
export function chooseForm(step: Compiled<never, tf.Tensor[]>, data: never, order: Int32Array, batch: number, steps = 6): RowForm {
  const available = Math.min(steps, Math.floor(order.length / batch));
  if (available < 2 || step.size! > longStep) return 'gathered';
  const rows = order.subarray(0, available * batch);
  step.pull();
  const before = snapshot(step.state, step.optimizers.map((optimizer) => ({ optimizer: optimizer as OptimizerUse['optimizer'], updates: 0 })));
  const forms: Record<RowForm, () => void> = {
    gathered: () => {
      for (let i = 0; i < available; i++) tf.dispose(step.gather(data, rows.subarray(i * batch, (i + 1) * batch)));
    },
    loop: () => tf.dispose(step.loop(data, rows, available)),
  };
  const bits = (form: RowForm): Buffer[] => {
    before.reset();
    forms[form]();
    step.pull();
    return step.state.map((variable) => Buffer.from(new Uint8Array(variable.dataSync().slice().buffer)));
  };
  try {
    const gathered = bits('gathered');
    const loop = bits('loop');
    if (!gathered.every((bytes, i) => bytes.equals(loop[i]!))) return 'gathered';
    // The least of a few alternating runs: what else the machine does can only make a run longer.
    const best = { gathered: Infinity, loop: Infinity };
    const start = performance.now();
    for (let round = 0; round < 3 && performance.now() - start < enough; round++) {
      for (const form of ['gathered', 'loop'] as const) {
        const began = performance.now();
        forms[form]();
        best[form] = Math.min(best[form], performance.now() - began);
      }
    }
    return best.loop < best.gathered ? 'loop' : 'gathered';
  } finally {
    step.pull();
    before.restore();
  }
}
