import type { Evaluation, Pipeline, SnapshotRef, Suite } from '../../contracts';
import { nextSuites } from '../../workflows/suites';

const suite = (name: string, best: number): Suite => ({ name, snapshot: 'ab'.repeat(32), rows: { from: 80, to: 100 }, best });
const champion = { suites: [suite('1.1.0', 0.8), suite('1.1.1', 0.9)] };
const evaluation = { fresh: { challenger: 0.7 }, suites: [{ name: '1.1.0', challenger: 0.85 }, { name: '1.1.1', challenger: 0.6 }] } as Evaluation;
const snapshot = { digest: 'cd'.repeat(32), rows: 100 } as SnapshotRef;
const next = (suites: number, retire: string[] = [], before: typeof champion | null = champion) =>
  nextSuites({ gates: { suites, holdout: 0.2 } } as Pipeline, before, evaluation, snapshot, '1.1.2', retire).map(({ name, best, rows }) => [name, best, rows.from]);

test.each<[string, ReturnType<typeof next>, unknown[]]>([
  ['the first version leaves its own held-out rows', next(6, [], null), [['1.1.2', 0.7, 80]]],
  ['each suite keeps the best that any champion reached on it', next(6), [['1.1.0', 0.85, 80], ['1.1.1', 0.9, 80], ['1.1.2', 0.7, 80]]],
  ['the oldest goes first where there is no room', next(2), [['1.1.1', 0.9, 80], ['1.1.2', 0.7, 80]]],
  ['those that a person named go', next(6, ['1.1.1']), [['1.1.0', 0.85, 80], ['1.1.2', 0.7, 80]]],
  ['none are kept where the pipeline keeps none', next(0), []],
])('%s', (_, found, expected) => expect(found).toEqual(expected));
