import { terminalLines } from '../../cli/text';

test('a terminal breaks lines that are longer than it is wide', () => {
  expect(terminalLines('one\n\nthree', 10)).toBe(3);
  expect(terminalLines(`${'x'.repeat(10)}\n${'x'.repeat(11)}\n東京東京東京`, 10)).toBe(1 + 2 + 2);
});
