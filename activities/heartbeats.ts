import { heartbeat } from '@temporalio/activity';

/** Heartbeats every two seconds with the last details given, until stopped; also while the work is silent. */
export function heartbeats(first: unknown): { say(details: unknown): void; stop(): void } {
  let last = first;
  heartbeat(last);
  const timer = setInterval(() => heartbeat(last), 2_000);
  return {
    say: (details) => heartbeat((last = details)),
    stop: () => clearInterval(timer),
  };
}
