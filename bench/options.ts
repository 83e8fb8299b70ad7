import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Given<O extends Options> = Pick<ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>, 'values' | 'positionals'>;

/**
 * The options that a bench was called with. `--help` prints how to call it and ends with 0; what it does not know is named,
 * and ends it with 2.
 * @param usage one call a line; only where it has a `<name>` does the bench take names without dashes
 */
export function benchOptions<const O extends Options>(usage: string, options: O): Given<O> {
  try {
    const given = parseArgs({ options: { ...options, help: { type: 'boolean' } }, allowPositionals: usage.includes('<') });
    if ((given.values as { help?: boolean }).help) end(usage, 0);
    return given as unknown as Given<O>;
  } catch (error) {
    return end(`${(error as Error).message.split('. ')[0]}\n\n${usage}`, 2);
  }
}

/** A number of seeds, rounds or processes: whole and at least 1, or `least`. */
export function countOf(name: string, value: string | undefined, otherwise: number, least = 1): number {
  const count = Number(value ?? otherwise);
  return Number.isInteger(count) && count >= least ? count : end(`--${name} is ${value}; give a whole number from ${least} on`, 2);
}

function end(text: string, status: number): never {
  (status === 0 ? console.log : console.error)(text);
  process.exit(status);
}
