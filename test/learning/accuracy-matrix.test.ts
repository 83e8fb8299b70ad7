import { averageAccuracy, backwardTransfer, forgetting, forwardTransfer, learningAccuracy, minimumAccuracy } from '../../learning';

/** Three tasks: the first recovers a little, the second gains, and what is to come is partly known. */
const R = [
  [0.9, 0.6, 0.5],
  [0.5, 0.8, 0.4],
  [0.7, 0.9, 0.6],
];
/** The same with only what has been learned: the lower triangle. */
const learned = R.map((row, i) => row.slice(0, i + 1));

test('the average accuracy is that of all tasks after the last training', () => {
  // (.7 + .9 + .6) / 3
  expect(averageAccuracy(learned)).toBeCloseTo(0.73333, 5);
});

test('forgetting counts from the best accuracy since the task was learned, and a gain as negative', () => {
  // task 0: max(.9, .5) - .7 = .2; task 1: .8 - .9 = -.1, where the .6 of before it was learned does not count
  expect(forgetting(learned)).toBeCloseTo((0.2 - 0.1) / 2, 10);
  expect(forgetting(R)).toBeCloseTo((0.2 - 0.1) / 2, 10);
  // The best may come later than right after the task: max(.5, .8) - .6 = .2
  expect(forgetting([[0.5], [0.8, 1], [0.6, 1, 1]])).toBeCloseTo((0.2 + 0) / 2, 10);
  expect(forgetting([[0.5, 0.99], [0.8, 0.7], [0.6, 0.7, 1]])).toBeCloseTo((0.2 + 0) / 2, 10);
});

test('backward transfer counts from right after the task', () => {
  // (.7 - .9) and (.9 - .8)
  expect(backwardTransfer(learned)).toBeCloseTo((-0.2 + 0.1) / 2, 10);
  expect(backwardTransfer([[0.5], [0.8, 1], [0.6, 1, 1]])).toBeCloseTo((0.1 + 0) / 2, 10);
});

test('forward transfer counts from the untrained model, and only just before each task', () => {
  // (.6 - .5) and (.4 - .45)
  expect(forwardTransfer(R, [0.3, 0.5, 0.45])).toBeCloseTo((0.1 - 0.05) / 2, 10);
  expect(() => forwardTransfer(learned, [0.3, 0.5, 0.45])).toThrow('the accuracy on task 1 after training on task 0 is missing');
  expect(() => forwardTransfer(R, [0.3])).toThrow('1 accuracies of the untrained model for 3 tasks');
});

test('learning accuracy is the mean of the diagonal', () => {
  // (.9 + .8 + .6) / 3
  expect(learningAccuracy(learned)).toBeCloseTo(0.76667, 5);
});

test('minimum accuracy is the worst of each earlier task during the trainings after it', () => {
  // (.2 + .75) / 2
  expect(minimumAccuracy([[0.85, 0.2, 0.5, 0.7], [0.75, 0.9]])).toBeCloseTo(0.475, 10);
  expect(() => minimumAccuracy([[0.5], []])).toThrow('task 1 was never measured after it was learned');
});

test('with one task there is nothing to forget or to transfer', () => {
  expect([averageAccuracy([[0.9]]), learningAccuracy([[0.9]])]).toEqual([0.9, 0.9]);
  for (const value of [forgetting([[0.9]]), backwardTransfer([[0.9]]), forwardTransfer([[0.9]], [0.5]), minimumAccuracy([])]) expect(value).toBeNaN();
});
