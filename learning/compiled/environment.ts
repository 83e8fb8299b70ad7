/**
 * Environment variables for a process that will train in compiled steps. TensorFlow and the C library read them once, so
 * they are set before the process starts.
 *
 * - oneDNN on for convolutions, which it speeds up by half; off otherwise, where it costs time and the last bit.
 * - One thread runs a session's ops in turn: their parallelism lies within an op.
 * - Freed memory stays with the process: a step takes and frees the same megabytes each time, and asking the system
 *   for fresh pages costs more than some of the arithmetic (glibc only; elsewhere without effect).
 *
 * @param convolution whether the model has convolutions
 */
export function trainingEnvironment({ convolution }: { convolution: boolean }): Record<string, string> {
  return {
    TF_ENABLE_ONEDNN_OPTS: convolution ? '1' : '0',
    TF_NUM_INTEROP_THREADS: '1',
    MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
    MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  };
}
