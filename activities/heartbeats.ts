import { Context, heartbeat } from '@temporalio/activity';

const every = 2_000;

/** Heartbeats as long as a step goes on, however slow the store is: only a step whose worker died is tried elsewhere. */
export const whileAlive =
  <Input, Output>(run: (input: Input) => Promise<Output>) =>
  async (input: Input): Promise<Output> => {
    const timer = setInterval(() => heartbeat(), every);
    try {
      return await run(input);
    } finally {
      clearInterval(timer);
    }
  };

/**
 * Heartbeats every two seconds with the last details given, until stopped; also while the work is silent. `say` may be
 * called from anywhere: what a shared process sends arrives in the context of the activity that started it.
 */
export function heartbeats(first: unknown): { say(details: unknown): void; stop(): void } {
  const context = Context.current();
  let last = first;
  context.heartbeat(last);
  const timer = setInterval(() => context.heartbeat(last), every);
  return {
    say: (details) => context.heartbeat((last = details)),
    stop: () => clearInterval(timer),
  };
}
