import { InvalidInput } from '../../contracts';
import { protocols } from './protocols';
import type { Method, Protocol } from './protocol';

/** One seed of one method of one protocol. Plain JSON, so that another process can run it. */
export interface Request {
  protocol: string;
  method: string;
  seed: number;
  /** On rows held out of the training set instead of the test set. */
  tuning: boolean;
  /** Options tried out in the place of the method's own. */
  trial?: Trial;
}
/** Options of the strategy, and what of the schedule or the protocol is tried. */
export interface Trial {
  options?: Record<string, unknown>;
  schedule?: Partial<Method['schedule']>;
  protocol?: Partial<Pick<Protocol, 'model' | 'scale' | 'stream' | 'outputs'>>;
}

/** The protocols of a name, or all. Throws InvalidInput for a name that there is none of. */
export function protocolsNamed(name: string): Protocol[] {
  const found = name === 'all' ? protocols.filter(({ apart }) => !apart) : protocols.filter((protocol) => protocol.name === name);
  if (found.length === 0) throw new InvalidInput(`there is no protocol ${name}; there are ${protocols.map((protocol) => protocol.name).join(', ')}, and all`);
  return found;
}

/** A protocol's methods whose names begin with one of these, in any case; all where nothing is given. */
export function methodsOf({ methods }: Protocol, names: string[] | null): Method[] {
  return methods.filter(({ name }) => names?.some((wanted) => name.toLowerCase().startsWith(wanted.trim().toLowerCase())) ?? true);
}

/** What a request is about, with what it tries out. */
export function taskNamed({ protocol: name, method: wanted, trial }: Pick<Request, 'protocol' | 'method' | 'trial'>): { protocol: Protocol; method: Method } {
  const protocol = { ...protocolsNamed(name)[0]!, ...trial?.protocol };
  const method = protocol.methods.find((candidate) => candidate.name === wanted)!;
  if (!trial) return { protocol, method };
  const strategy: Method['strategy'] = (task) => {
    const own = method.strategy(task);
    return { ...own, options: { ...own.options, ...trial.options } };
  };
  return { protocol, method: { ...method, strategy, schedule: { ...method.schedule, ...trial.schedule }, ...(trial.schedule && method.later ? { later: { ...method.later, ...trial.schedule } } : {}) } };
}
