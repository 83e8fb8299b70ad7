/** One seed of one method, in a process of its own. */
import { loadBackend } from '../../learning';
import { answer } from '../jobs';
import { taskNamed, type Request } from './plan';
import { run } from './run';

answer<Request>(async (request) => {
  const { protocol, method } = taskNamed(request);
  return run(protocol, method, request.seed, request.tuning, await loadBackend(['native'], { convolution: false }));
});
