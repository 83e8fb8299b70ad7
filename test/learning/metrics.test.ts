import { accuracy, errors, kappa, kappaTemporal, persistence } from '../../learning';

const labels = [1, 1, 0, 0, 1, 1, 1, 0];
const predictions = [1, 0, 0, 0, 1, 1, 0, 1];

test('accuracy is the share of rows predicted right, and the errors are the 0/1 losses', () => {
  expect(accuracy(predictions, labels)).toBe(5 / 8);
  expect([...errors(predictions, labels)]).toEqual([0, 1, 0, 0, 0, 0, 1, 1]);
  expect(accuracy([], [])).toBeNaN();
});

test('lists of different lengths are refused', () => {
  expect(() => accuracy([1], [1, 0])).toThrow('1 predictions for 2 labels');
});

test("Cohen's kappa takes off what the margins agree on by chance", () => {
  // Predicted 1: 4 of 8; present 1: 5 of 8. Chance: 4/8·5/8 + 4/8·3/8 = .5; (.625 - .5) / (1 - .5) = .25
  expect(kappa(predictions, labels)).toBeCloseTo(0.25, 12);
  expect(kappa(labels, labels)).toBe(1);
  expect(kappa([1, 1], [1, 1])).toBe(0);
});

test('persistence repeats the last label', () => {
  // Row by row from the second: 1=1, 0≠1, 0=0, 1≠0, 1=1, 1=1, 0≠1
  expect(persistence(labels)).toBeCloseTo(4 / 7, 12);
  expect(persistence(labels, 1)).toBeCloseTo(5 / 8, 12);
  expect(persistence([1])).toBeNaN();
});

test('kappa-temporal is 1 for perfect predictions, 0 for repeating the last label, and negative below that', () => {
  expect(kappaTemporal(labels, labels)).toBe(1);
  expect(kappaTemporal([1, ...labels.slice(0, -1)], labels)).toBeCloseTo(0, 12);
  // With a label of 1 before: (5/8 - 5/8) / (3/8) = 0; without: accuracy of rows 2..8 is 4/7, so 0 too.
  expect(kappaTemporal(predictions, labels, 1)).toBeCloseTo(0, 12);
  // (1/8 - 5/8) / (3/8)
  expect(kappaTemporal([0, 0, 1, 1, 0, 0, 0, 0], labels, 1)).toBeCloseTo(-4 / 3, 12);
});
