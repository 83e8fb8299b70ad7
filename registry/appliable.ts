import { InvalidInput, type Pipeline } from '../contracts';

/** A pipeline goes into the history of each of its runs. */
const largest = 100_000;

/**
 * A pipeline as it will be read back, which is what it is compared with. What it holds beyond JSON would never be found
 * again, and be written for ever.
 *
 * @throws InvalidInput for what no run could do, and for what must not be kept: an address with credentials is not repeated
 */
export function appliable(pipeline: Pipeline): unknown {
  const { source, model, training } = pipeline;
  if (!isPlace(source.files.trim()))
    throw new InvalidInput('pipeline: source.files is an address; a path, a glob or s3://bucket/prefix is expected, without credentials: those come from the environment. What lies elsewhere must be fetched into a folder first');
  if ('cnn' in model && !training.backends.includes('native'))
    throw new InvalidInput(`pipeline: training.backends is ${training.backends.join(', ')}; a convolutional network needs native`);
  const text = JSON.stringify(pipeline, (name, value: unknown) => {
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) throw new InvalidInput(`pipeline: ${name} is ${value}; a finite number is needed`);
    return value;
  });
  if (text.length > largest) throw new InvalidInput(`pipeline: it has ${text.length} letters as JSON, and ${largest} are the most; a model of so many layers is better given as code: model.builder`);
  return JSON.parse(text);
}

/** Whether this is a path, or an address that can hold no credentials. */
const isPlace = (files: string): boolean => /^s3:\/\/[^@:?/]+(\/[^?]*)?$/.test(files) || /^file:\/\/\//i.test(files) || !/:\/\/|^\/\/[^/]*@/.test(files);
