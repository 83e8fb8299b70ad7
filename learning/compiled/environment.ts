import { availableParallelism } from 'node:os';

/**
 * Multiplications of one row's forward pass times the rows of a batch: below this, one thread is as fast as several.
 *
 * Time of a step with two threads over that with one, for perceptrons with Adam on two cores: 1.0 to 1.1 at 3 and at 11
 * million, 0.8 at 24, 0.7 at 42 and 61. While other programs wanted both cores, it was 1.5 to 1.7, 1.3, and 1.0 to 1.1. The
 * limit lies where both are equal, and not at the end of that range: callers may not know how wide the inputs are.
 */
const workForSeveralThreads = 6_400_000;

/**
 * Environment variables for a process that will train in compiled steps. TensorFlow and the C library read them once, so
 * they are set before the process starts.
 *
 * - oneDNN on for convolutions, which it speeds up by half; off otherwise, where it costs time and the last bit.
 * - In a small model one thread runs the ops in turn: handing one over costs more than the op, and one thread gives the
 *   same bits on every machine. Others get a thread for each core.
 * - On an NVIDIA GPU products keep float32's 24 bits. With TF32, which has 11, a convolution differs between two kernels
 *   by 10⁻³, and the graph takes other kernels than eager steps do (measured on an H200: 3·10⁻⁶ without it).
 * - Freed memory stays with the process: a step takes and frees the same megabytes each time, and asking the system
 *   for fresh pages costs more than some of the arithmetic (glibc only; elsewhere without effect).
 *
 * @param convolution whether the model has convolutions
 * @param parameters how many weights it has, about
 * @param batch rows of a batch; default 64: without convolutions, a model is small below 100,000 weights
 */
export function trainingEnvironment({ convolution, parameters, batch = 64 }: { convolution: boolean; parameters: number; batch?: number }): Record<string, string> {
  const small = !convolution && parameters * batch < workForSeveralThreads;
  return {
    TF_ENABLE_ONEDNN_OPTS: convolution ? '1' : '0',
    TF_NUM_INTRAOP_THREADS: small ? '1' : String(availableParallelism()),
    ...(small ? { TF_NUM_INTEROP_THREADS: '1' } : {}),
    NVIDIA_TF32_OVERRIDE: '0',
    MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
    MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  };
}
