import { heldOutRange } from '../../contracts';

test.each([
  [1000, 0.2, 200],
  [10, 0.2, 2],
  [6, 0.2, 2], // one row alone has no spread
  [3, 0.2, 2],
  [2, 0.2, 1],
  [1, 0.2, 0],
  [0, 0.2, 0],
  [3, 0.99, 2],
])('of %i rows and a share of %p the last %i are held out: two at least, as long as one is left to train on', (rows, share, held) => {
  expect(heldOutRange(rows, share)).toEqual({ from: rows - held, to: rows });
});
