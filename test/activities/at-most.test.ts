import { atMost } from '../../activities/at-most';

test('so many works go on at a time, the others in the order in which they came, also after one that failed', async () => {
  const inTurn = atMost(2);
  const began: number[] = [];
  let [now, most] = [0, 0];
  const work = (i: number) => inTurn(async () => {
    began.push(i);
    most = Math.max(most, ++now);
    await new Promise((done) => setTimeout(done, 5));
    now--;
    if (i === 1) throw new Error('broken');
    return i;
  });
  const ended = await Promise.allSettled([0, 1, 2, 3, 4].map(work));
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect([began, most]).toEqual([[0, 1, 2, 3, 4], 2]);
  expect(await work(5)).toBe(5);
});
