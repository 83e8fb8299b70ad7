import type { ControlSummary, SurgerySummary } from '../../contracts';
import { evidence, runReport } from '../../reports';
import { hostileName } from './hostile';
import { awaiting } from './sample';

const surgery: SurgerySummary = {
  digest: 'ef'.repeat(32),
  because: ['wind is a new column', 'label has the new class far'],
  kept: 0.9876,
  preserved: true,
  warnings: ['wind: who asks the server for predictions must send it'],
  variables: [
    { name: 'hidden1/kernel', from: [3, 8], to: [4, 8], action: 'zero-padded', note: 'zero rows for wind' },
    { name: 'logits/bias', from: [2], to: [3], action: 'widened', note: 'new class far: from the prior' },
    { name: 'norm/scale', from: null, to: [], action: 'fresh' },
  ],
  total: 7,
  check: { rows: 480, difference: 2.4e-7, agreement: 0.925 },
  transfer: 'weights',
};
const control: ControlSummary = { rows: 1440, steps: 90, seconds: 1, accuracy: 0.81, challenger: 0.92, difference: { estimate: -0.11, lower: -0.15, upper: -0.06 } };
const training = { mode: 'surgery' as const, strategy: 'replay', rows: 2880, steps: 90, seconds: 1.26, memory: { bytes: 36_211, rows: 900 } };
const of = (more: object) => evidence({ ...awaiting, surgery, training, ...more });

test('the plan, the check and the warnings stand before the gates', () => {
  const text = of({});
  expect(text.indexOf('## Surgery: 98.8 % of the champion’s parameters live on')).toBeLessThan(text.indexOf('## Gates'));
  expect(text).toContain('- wind is a new column\n- label has the new class far');
  expect(text).toContain('- Warning: wind: who asks the server');
  expect(text).toContain('| hidden1/kernel | 3 × 8 | 4 × 8 | zero-padded | zero rows for wind |');
  expect(text).toContain('| norm/scale | – | scalar | fresh | – |');
  expect(text).toContain('4 more variables are in the report.');
  expect(text).toContain(
    '- **Checked before training**: on 480 rows: largest difference of a logit 2.4e-7, equal decisions on 92.5 %; the other rows answer a new class by its share alone',
  );
  expect(text).toContain(`surgeries/${'ef'.repeat(32)}.json in the store`);
});

test('a variable that comes from one of another name says from which', () => {
  const variables = [{ name: 'hidden3/kernel', source: 'hidden2/kernel', from: [4, 4], to: [4, 4], action: 'copied' }];
  expect(of({ surgery: { ...surgery, variables } })).toContain('| hidden3/kernel (from hidden2/kernel) | 4 × 4 | 4 × 4 | copied | – |');
});

test('a difference that is no number is said', () => {
  expect(of({ surgery: { ...surgery, check: { rows: 480, difference: null, agreement: 1 } } })).toContain('largest difference of a logit not finite,');
});

test('the strategy and what its memory costs are named', () => {
  const text = of({});
  expect(text).toContain('- **Training**: surgery, by the strategy replay: 2,880 rows in 90 steps, 1.3 s');
  expect(text).toContain('- **Memory**: 36.2 kB besides the model, 900 rows among it');
  expect(of({ training: { ...training, memory: { bytes: 0, rows: 0 } } })).toContain('- **Memory**: none');
});

test('a training of a release that told no strategy is passed over', () => {
  expect(of({ training: { rows: 1, steps: 1, seconds: 1 } })).not.toContain('**Memory**');
});

test.each([
  [-0.15, -0.06, 'the surgery is better'],
  [0.06, 0.15, 'FROM SCRATCH IS BETTER'],
  [-0.05, 0.05, 'no clear difference'],
])('where the difference lies between %d and %d, the control says: %s', (lower, upper, words) => {
  const text = of({ control: { ...control, difference: { estimate: (lower + upper) / 2, lower, upper } } });
  expect(text).toContain(`- **Control**: from scratch on the same 1,440 rows in 90 steps: 81.0 %, the challenger 92.0 %; ${words} (error rate`);
});

test('a control that could not be trained is said', () => {
  expect(of({ control: { failed: 'the loss is NaN' } })).toContain('- **Control**: could not be trained: the loss is NaN');
});

test('where no weights go over, nothing is claimed of them', () => {
  const text = of({ surgery: { ...surgery, transfer: 'distil', kept: 0, preserved: false, check: null, variables: [], total: 0 } });
  expect(text).toContain('## Surgery: a new model takes the champion’s place');
  expect(text).toContain('**It learns from**: the rows, and what the champion says of them (distillation)');
  expect(text).not.toContain('Checked before training');
});

test('foreign names cannot form markup, and much of everything stays under 15 kB', () => {
  const foreign = { ...surgery, because: Array(50).fill(hostileName), warnings: Array(50).fill(hostileName), variables: Array(40).fill({ ...surgery.variables[0], name: hostileName, note: hostileName }) };
  const text = of({ surgery: foreign });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(15_000);
  const outside = text.split('\n').filter((line) => !line.startsWith('{') && !line.startsWith('```')).join('\n');
  expect(outside).not.toMatch(/[<`\\]|\]\(/);
  const page = runReport({ ...awaiting, surgery: foreign });
  expect(page).not.toContain('<script>');
  expect(page).not.toContain('<img src=x');
});
