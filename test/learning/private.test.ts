import type { BackendFacts, Pipeline, PipelineInput, Table } from '../../contracts';
import { pipelineSchema } from '../../contracts';
import { loadBackend, loadModel, registerStrategy, saveModel, strategy, train, type Learner } from '../../learning';
import { privateRows, unpack } from '../../learning/memory';
import { z } from 'zod';
import { categories, numbers, pipelineWith, tableOf } from './tables';

/** Takes each row into its memory when it is first trained on. */
const streaming = strategy('streaming', z.strictObject({}), () => ({
  memory: { rows: 1000, sampling: 'reservoir', insert: 'stream' },
  loss: ({ logits, batch, crossEntropy }) => crossEntropy(logits(batch.x), batch.y),
}));
let backend: BackendFacts;
beforeAll(async () => {
  registerStrategy(streaming);
  backend = await loadBackend(['native'], { convolution: false });
});

const rows = 90;
/** Every third row says no, every fifth nothing. The first number is the row's own, so that a kept row can be found again. */
const says = (row: number): string | null => (row % 5 === 4 ? null : row % 3 === 0 ? 'no' : 'yes');
const table = (offset: number) => tableOf({
  id: numbers(Array.from({ length: rows }, (_, i) => offset + i)),
  consent: categories(Array.from({ length: rows }, (_, i) => says(i))),
  label: numbers(Array.from({ length: rows }, (_, i) => i % 2)),
});
const pipeline = (learning: PipelineInput['learning']): Pipeline => ({ ...pipelineWith({ epochs: 1, scratchEpochs: 1, ...learning }), features: { exclude: ['consent'], cycles: [] } });

/** The rows in the memory of the version's files, by their own numbers. */
async function keptIn(learner: Learner): Promise<number[]> {
  const { strategy: state, features } = await loadModel(saveModel(learner));
  const x = unpack('x', state!.memory!)!;
  const [id] = features.inputs;
  const origin = id!.kind === 'number' ? id!.origin : NaN;
  return Array.from({ length: x.shape[0]! }, (_, i) => Math.round(x.values[i * features.width]! + origin));
}

test.each([['replay', { memory: 1000 }], ['replay', { memory: 20, sampling: 'class-balanced' }], ['packed-replay', {}], ['gdumb', {}], ['streaming', {}]])('no private row is in the memory.bin of %s %j', async (name, options) => {
  const asked = pipeline({ strategy: { name, ...options }, private: { column: 'consent', values: ['no'] } });
  const first = await train({ pipeline: asked, table: table(0), parent: null, backend });
  const second = await train({ pipeline: asked, table: table(1000), parent: first.learner, backend });
  const kept = await keptIn(second.learner);
  expect(kept.length).toBeGreaterThan(15);
  for (const id of kept) expect(says(id % 1000)).toBe('yes');
  if (name === 'replay' && 'memory' in options && options.memory === 1000) {
    expect(kept).toHaveLength(2 * Array.from({ length: rows }, (_, i) => says(i)).filter((said) => said === 'yes').length);
    // They were trained on all the same.
    expect(second.learner.seen).toEqual([90, 90]);
    expect(first.rowsTouched).toBe(90);
  }
});

test('without a rule every row may be kept', async () => {
  const { learner } = await train({ pipeline: pipeline({ strategy: { name: 'replay', memory: 1000 } }), table: table(0), parent: null, backend });
  expect(await keptIn(learner)).toHaveLength(rows);
});

test('values may be numbers', async () => {
  const numbered = tableOf({ ...table(0).columns, consent: numbers(Array.from({ length: rows }, (_, i) => (says(i) === 'no' ? 0 : says(i) === null ? NaN : 1))) });
  const { learning } = pipelineSchema.parse({ name: 'a', source: { files: 'a', time: 't' }, label: { column: 'x' }, model: { mlp: [] }, learning: { private: { column: 'consent', values: [0, false] } } });
  expect(learning.private).toEqual({ column: 'consent', values: ['0', 'false'] });
  const { learner } = await train({ pipeline: pipeline({ strategy: { name: 'replay', memory: 1000 }, private: { column: 'consent', values: [0] } }), table: numbered, parent: null, backend });
  for (const id of await keptIn(learner)) expect(says(id)).toBe('yes');
});

test.each<[string, Table['columns'][string], (string | number | boolean)[]]>([
  ['True and False, as pandas writes them', categories(['True', 'False', 'FALSE', null]), [false]],
  ['booleans of another source', categories(['true', 'false', 'false', null]), ['False']],
  ['numbers', numbers([1, 0, -0, NaN]), ['0.0']],
  ['numbers among words', categories(['1.0', '0.0', '0', null]), [0]],
])('a value is private however it is written: %s', (_, consent, values) => {
  const rule = pipeline({ private: { column: 'consent', values } }).learning.private;
  expect([...privateRows(rule, tableOf({ consent }), { from: 0, to: 4 })!]).toEqual([0, 1, 1, 1]);
});

test('words are other values where they are written otherwise', () => {
  expect([...privateRows({ column: 'consent', values: ['no', ' '] }, tableOf({ consent: categories(['No', 'no', '', '0']) }), { from: 0, to: 4 })!]).toEqual([0, 1, 0, 0]);
});

test('a line on the console says where none of the values occurs', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  privateRows({ column: 'consent', values: ['no'] }, table(0), { from: 0, to: rows });
  expect(warn).not.toHaveBeenCalled();
  privateRows({ column: 'consent', values: ['NO', 'never'] }, table(0), { from: 0, to: rows });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('none of these 90 rows has NO or never in the column consent'));
  warn.mockRestore();
});

test('where the column is not in the rows, nothing is trained', async () => {
  const asked = pipeline({ private: { column: 'agreed', values: ['no'] } });
  await expect(train({ pipeline: asked, table: table(0), parent: null, backend })).rejects.toThrow(
    'learning.private.column is agreed, which is not in the rows (they have id, consent, label); without it nobody knows which rows may be kept. A column that is empty in all rows counts as missing: give it a value in one of them, correct the name, or leave learning.private out',
  );
});
