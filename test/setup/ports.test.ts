import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort, onFreePorts } from './ports';
import { startChild } from './child';

test('a program that finds its port taken is started on another one', async () => {
  const taken = await freePort();
  const holder = createServer().listen(taken, '127.0.0.1');
  const tried: number[] = [];
  const program = `require('net').createServer().listen(Number(process.argv[1]), '127.0.0.1')`;
  const child = await onFreePorts(1, ([free]) => {
    const port = tried.length === 0 ? taken : free!;
    tried.push(port);
    return startChild(process.execPath, ['-e', program, `${port}`], async () => {
      if (port === taken) throw new Error('not ours');
      const probe = connect(port, '127.0.0.1');
      await once(probe, 'connect').finally(() => probe.destroy());
    });
  });
  expect(tried).toHaveLength(2);
  await child.stop();
  await new Promise((done) => holder.close(done));
});
