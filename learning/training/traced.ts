import { CannotCompile } from '../compiled';

/**
 * Stands in a traced step for what JavaScript computes anew in each step. A graph would keep the first value for ever, so
 * a strategy that reads it runs eagerly instead.
 */
export function traced<T>(name: string): T {
  const refuse = (): never => {
    throw new CannotCompile(`the strategy reads \`${name}\`, which changes from step to step outside TensorFlow`);
  };
  return new Proxy(refuse, { get: refuse, apply: refuse }) as T;
}
