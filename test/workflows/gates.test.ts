import { pipelineSchema } from '../../contracts';
import type { Evaluation, PipelineInput, SurgerySummary } from '../../contracts';
import { reasonsToAsk } from '../../workflows/approval';
import { judge } from '../../workflows/gates';

const pipeline = (gates: PipelineInput['gates'] = {}) =>
  pipelineSchema.parse({ name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'y' }, model: { mlp: [4] }, gates });
const evaluation = (change: Partial<Evaluation> = {}): Evaluation => ({
  fresh: { rows: 300, champion: 0.8, challenger: 0.81, difference: { estimate: -0.01, lower: -0.03, upper: 0.01 } },
  suites: [{ name: '1.1.0', rows: 300, best: 0.8, champion: 0.79, challenger: 0.79 }],
  loss: { rows: 300, mean: 0.19, upper: 0.22 },
  persistence: 0.85,
  kappaTemporal: -0.2,
  sanity: { finite: true, predicted: 2, present: 2 },
  ...change,
});
const fresh = (lower: number, upper: number) => ({
  fresh: { rows: 300, champion: 0.8, challenger: 0.8, difference: { estimate: (lower + upper) / 2, lower, upper } },
});
const outcome = (gates: PipelineInput['gates'], change: Partial<Evaluation>) => judge(pipeline(gates), evaluation(change)).outcome;

test('a challenger that is surely not worse than the margin passes', () => expect(outcome({ margin: 0.02 }, fresh(-0.02, 0.02))).toBe('pass'));
test('a challenger that may be worse than the margin is in doubt', () => expect(outcome({ margin: 0.02 }, fresh(-0.02, 0.021))).toBe('doubt'));
test('a challenger that is surely worse than the margin fails', () => expect(outcome({ margin: 0.02 }, fresh(0.021, 0.06))).toBe('fail'));
test('where better is demanded, not worse is not enough', () => expect(outcome({ better: true }, fresh(-0.02, 0.001))).toBe('doubt'));
test('where better is demanded, surely better passes', () => expect(outcome({ better: true }, fresh(-0.04, -0.001))).toBe('pass'));
test('without a champion the fresh rows cannot fail', () =>
  expect(outcome({}, { fresh: { rows: 300, champion: null, challenger: 0.5, difference: null } })).toBe('pass'));
test('predictions that are not finite fail', () => expect(outcome({}, { sanity: { finite: false, predicted: 2, present: 2 } })).toBe('fail'));
test('predicting one class only fails where there are two', () => expect(outcome({}, { sanity: { finite: true, predicted: 1, present: 2 } })).toBe('fail'));
test('predicting one class is right where there is one', () => expect(outcome({}, { sanity: { finite: true, predicted: 1, present: 1 } })).toBe('pass'));
test('a class that is never predicted can be read from the numbers', () =>
  expect(judge(pipeline(), evaluation({ sanity: { finite: true, predicted: 3, present: 4 } })).gates[0]!.because).toBe('finite predictions of 3 classes, where the rows hold 4'));
test('a suite is counted against its best figure, not against the champion, so that small losses cannot add up', () =>
  expect(outcome({ forgetting: 0.02 }, { suites: [{ name: '1.1.0', rows: 300, best: 0.83, champion: 0.81, challenger: 0.8 }] })).toBe('fail'));
test('a suite that has lost more than its budget fails where that is certain, and is in doubt where the rows are too few to say', () => {
  const lost = (upper?: number) => outcome({ forgetting: 0.02 }, { suites: [{ name: '1.1.0', rows: 40, best: 0.85, champion: 0.85, challenger: 0.8, ...(upper === undefined ? {} : { upper }) }] });
  expect([lost(0.82), lost(0.84), lost()]).toEqual(['fail', 'doubt', 'fail']);
});
test('a suite may lose as much as its budget', () =>
  expect(outcome({ forgetting: 0.03 }, { suites: [{ name: '1.1.0', rows: 300, best: 0.82, champion: 0.81, challenger: 0.8 }] })).toBe('pass'));
test('few held-out rows are doubt, however good they look', () =>
  expect(outcome({}, { fresh: { rows: 99, champion: 0.5, challenger: 0.9, difference: { estimate: -0.4, lower: -0.5, upper: -0.3 } } })).toBe('doubt'));
describe('a surgery', () => {
  const surgery = (change: Partial<SurgerySummary> = {}): SurgerySummary => ({
    digest: 'a'.repeat(64), because: ['wind is a new column'], kept: 1, preserved: true, warnings: [], variables: [], total: 0,
    check: { rows: 400, difference: 3e-7, agreement: 1 }, transfer: 'weights', ...change,
  });
  const judged = (change?: Partial<SurgerySummary>) => judge(pipeline(), evaluation(), surgery(change)).gates.find((g) => g.gate === 'surgery');
  const gate = (change?: Partial<SurgerySummary>) => judged(change)?.outcome;

  test('that kept the function as promised passes', () => expect(gate()).toBe('pass'));
  test('that broke its promise fails', () => expect(gate({ check: { rows: 400, difference: 2e-5, agreement: 1 } })).toBe('fail'));
  test('that could promise nothing is in doubt', () => expect(gate({ preserved: false, check: { rows: 400, difference: 2, agreement: 0.7 } })).toBe('doubt'));
  test.each([null, NaN, Infinity])('whose difference is %p, whatever it promised, fails in words', (difference) => {
    for (const preserved of [true, false]) {
      expect(judged({ preserved, check: { rows: 400, difference, agreement: 1 } })).toMatchObject({ outcome: 'fail', because: expect.stringContaining('some logits are not finite numbers') });
    }
  });
  test('by distillation moves no weights that could be checked', () => expect(gate({ transfer: 'distil', preserved: false, check: null })).toBeUndefined());
});

describe('who is asked about a surgery', () => {
  const surgery = { because: ['wind is a new column'] };
  const of = (approval: PipelineInput['approval'], section: PipelineInput['surgery']) =>
    pipelineSchema.parse({ name: 'p', source: { files: '/x.csv', time: 't' }, label: { column: 'y' }, model: { mlp: [4] }, approval, surgery: section });
  test('a person, unless the pipeline says otherwise', () =>
    expect(reasonsToAsk(of({ when: 'never' }, {}), ['few rows'], [], surgery)).toEqual(['the architecture changes: wind is a new column', 'few rows']));
  test('with-gates: as for any challenger', () => {
    expect(reasonsToAsk(of({ when: 'never' }, { approval: 'with-gates' }), ['few rows'], [], surgery)).toEqual([]);
    expect(reasonsToAsk(of({ when: 'in-doubt' }, { approval: 'with-gates' }), ['few rows'], [], surgery)).toEqual(['few rows']);
  });
  test('nobody where there is none', () => expect(reasonsToAsk(of({ when: 'never' }, {}), ['few rows'], [], null)).toEqual([]));
});

test('a refusal names what was forgotten', () => {
  const verdict = judge(pipeline(), evaluation({ suites: [{ name: '1.1.0', rows: 300, best: 0.9, champion: 0.9, challenger: 0.7 }] }));
  expect(verdict.gates.find((g) => g.gate === 'suites')?.because).toContain('1.1.0: 70.0 % of 300 rows after a best of 90.0 %');
});
