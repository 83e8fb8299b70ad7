import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { textTable, type TextRow } from '../../reports/table';

interface Result {
  name: string;
  mode: string;
  reason: string;
  exact: boolean;
  difference: number;
  finite: boolean;
}

/** LONG=1, which `npm run test:numerics` sets, takes 200 steps everywhere and shows how each case came out. */
const steps = (usual: number) => String(process.env.LONG ? 200 : usual);

/** Runs a group of cases with oneDNN off, which must be set before TensorFlow is loaded. */
async function numerics(group: string, count: string): Promise<Result[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'numerics.js'), group, count], {
    env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  const results = stdout.trim().split('\n').map((line) => JSON.parse(line) as Result);
  table.push(...results.map((result) => ({ group, case: result.name, steps: count, weights: verdict(result) })));
  return results;
}

const table: TextRow[] = [];
/** How far the weights are from the eager ones, relative to their norm. */
function verdict({ mode, reason, exact, finite, difference }: Result): string {
  if (mode !== 'graph') return `not compiled: ${reason}`;
  if (exact) return finite ? 'exact' : 'exact, not finite';
  return `differ by ${difference.toExponential(1)} of their norm`;
}
afterAll(() => void (process.env.LONG && process.stdout.write(`\n${textTable(table)}\n`)));

const unequal = (results: Result[]) => results.filter((r) => !(r.exact && r.finite && r.mode === 'graph'));

describe('with oneDNN off, compiled steps give the bits of eager ones', () => {
  test('for an MLP and a CNN in every form, over 200 steps', async () => {
    const results = await numerics('forms', '200');
    expect(results).toHaveLength(6);
    expect(unequal(results)).toEqual([]);
  }, 300_000);

  test('for every kind of layer: convolutions, recurrent, embedding, normalisation, dropout with the same masks', async () => {
    const results = await numerics('layers', steps(8));
    expect(results.length).toBeGreaterThan(15);
    expect(unequal(results)).toEqual([]);
  }, 600_000);

  test('for every optimizer of tfjs', async () => {
    expect(unequal(await numerics('optimizers', steps(10)))).toEqual([]);
  }, 300_000);

  test('for every loss of tfjs', async () => {
    expect(unequal(await numerics('losses', steps(8)))).toEqual([]);
  }, 300_000);

  test('for random small architectures', async () => {
    expect(unequal(await numerics('random', steps(6)))).toEqual([]);
  }, 600_000);
});
