/**
 * Environment variables for a process that will train in compiled steps. TensorFlow and the C library read them once, so
 * they are set before the process starts.
 *
 * - oneDNN on for convolutions, which it speeds up by half; off otherwise, where it costs time and the last bit.
 * - In a small model one thread runs the ops in turn: handing one over costs more than the op.
 * - Freed memory stays with the process: a step takes and frees the same megabytes each time, and asking the system
 *   for fresh pages costs more than some of the arithmetic (glibc only; elsewhere without effect).
 *
 * @param convolution whether the model has convolutions
 * @param parameters how many weights it has
 */
export function trainingEnvironment({ convolution, parameters }: { convolution: boolean; parameters: number }): Record<string, string> {
  return {
    TF_ENABLE_ONEDNN_OPTS: convolution ? '1' : '0',
    ...(parameters < 100_000 && !convolution ? { TF_NUM_INTEROP_THREADS: '1' } : {}),
    MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
    MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  };
}
