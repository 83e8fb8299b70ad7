/** One seed of one method, in a process of its own. */
import { TrainingDiverged } from '../../contracts';
import { loadBackend } from '../../learning';
import { answer } from '../jobs';
import { taskNamed, type Request } from './plan';
import { run, type Outcome } from './run';

/** A training that ended in numbers without end is a result too: nothing was learned. */
const diverged: Outcome = { accuracy: 0, matrix: null, carried: 0, seconds: 0, training: 0, forms: ['diverged'] };

answer<Request>(async (request) => {
  const { protocol, method } = taskNamed(request);
  const backend = await loadBackend(['native'], { convolution: false });
  return run(protocol, method, request.seed, request.tuning, backend).catch((error: unknown) => {
    if (error instanceof TrainingDiverged) return diverged;
    throw error;
  });
});
