import { loadBackend } from '../learning/backend';
import { runsOn } from '../learning/compiled';

// A program of its own: a broken native addon crashes its process, and that shall be a finding of the doctor's.
void loadBackend(['native'], { convolution: false }).then(
  (facts) => process.stdout.write(`${JSON.stringify({ ...facts, gpu: facts.device === 'gpu' ? runsOn('/device:GPU:0') : null })}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
