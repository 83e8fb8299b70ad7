import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs';
import { compile, type Compiled } from '../compiled';
import type { Past } from '../strategies';

/** How long batches may keep the event loop. */
const chunkMs = 40;
/** From so many batches on, tracing pays. */
const batchesWorthCompiling = 50;

/** Rows to be visited, scaled: tensors of the caller's, and how many of them. */
export interface Visited {
  rows: Past;
  order: Int32Array;
  batch: number;
  /** Whether a graph may be made of a visit. */
  compiled: boolean;
}

/** Calls `visit` on batches of rows, in one graph where there are many; other work gets its turn in between. */
export async function sweep({ rows, order, batch, compiled }: Visited, visit: (batch: Past) => void): Promise<void> {
  const whole = Math.floor(order.length / batch);
  const parts = (from: number, to: number): Int32Array[] => Array.from({ length: to - from }, (_, i) => order.subarray((from + i) * batch, Math.min(order.length, (from + i + 1) * batch)));
  const graph = compiled && whole >= batchesWorthCompiling;
  if (graph) {
    const step = compile((given: { rows: Past }) => (visit(given.rows), {}), { inputs: { rows } as never, rows: order.subarray(0, batch), forms: ['gathered'] }) as unknown as Compiled;
    try {
      await takingTurns(parts(0, whole), (part) => tf.dispose(step.gather({ rows } as never, part) as never));
    } finally {
      step.dispose();
    }
  }
  await takingTurns(parts(graph ? whole : 0, Math.ceil(order.length / batch)), (part) => tf.tidy(() => visit(pick(rows, part))));
}

async function takingTurns(parts: Int32Array[], work: (part: Int32Array) => void): Promise<void> {
  let yielded = performance.now();
  for (const part of parts) {
    work(part);
    if (performance.now() - yielded < chunkMs) continue;
    await setImmediate();
    yielded = performance.now();
  }
}

function pick(rows: Past, part: Int32Array): Past {
  const index = tf.tensor1d(part, 'int32');
  const of = <T extends tf.Tensor>(tensor: T): T => tf.gather(tensor, index);
  return { x: of(rows.x), y: of(rows.y), kept: Object.fromEntries(Object.entries(rows.kept).map(([name, tensor]) => [name, of(tensor)])) };
}
