import { createRequire } from 'node:module';
import type { Pipeline } from '../contracts';
import type { strategyNamed, strategyNames } from '../learning';

/** Loads TensorFlow.js only when it is wanted; a test runner can follow this, which it cannot with `import()`. */
const requireLazily = createRequire(__filename);

/**
 * Checks the options of a built-in strategy by its own schema. Returns a warning for a strategy that is not built in: only
 * the worker that loads it knows it.
 * @throws InvalidInput for an option that the strategy does not have, or a value that it does not take
 */
export function checkStrategy({ learning: { strategy } }: Pipeline): string | null {
  const built = requireLazily('../learning/strategies/index.js') as { strategyNamed: typeof strategyNamed; strategyNames: typeof strategyNames };
  const names = built.strategyNames();
  if (!names.includes(strategy.name))
    return `learning.strategy is ${strategy.name}, which is not built in; known are ${names.join(', ')}; a worker must load it with --module`;
  built.strategyNamed(strategy.name, strategy.options);
  return null;
}
