import { InvalidInput, searchAttributeNames, searchAttributeType } from '../../contracts';
import type { Cli, JsonOption } from '../cli';
import { withTemporal, type Temporal } from '../connection';
import { grpcCode, messageOf } from '../exit';

/** Of gRPC's states. */
const notFound = 5;

/** `continual setup`: registers the search attributes by which runs can be listed. */
export function addSetup(cli: Cli): void {
  cli
    .command('setup', "register the runs' search attributes in the namespace", ['setup', 'setup --json'])
    .action(
      cli.action((options: JsonOption) =>
        withTemporal(cli.io, async (temporal) => {
          const { registered, existing, problem } = await registerSearchAttributes(temporal);
          cli.print(options, { namespace: temporal.namespace, registered, existing, problem }, () => {
            const line = (what: string, names: string[]) => (names.length > 0 ? [`${what}: ${names.join(', ')}`] : []);
            const failed = problem === null ? [] : [`not registered: ${problem}. Runs work without; whoever administers ${temporal.namespace} can add them as Keyword`];
            return [`namespace ${temporal.namespace}`, ...line('registered', registered), ...line('there already', existing), ...failed].join('\n');
          });
        }),
      ),
    );
}

/** What was registered, what had been, and why the rest was not: a right that is missing is no failure, runs need none. */
export async function registerSearchAttributes({ connection, namespace }: Temporal) {
  const existing: string[] = [];
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    existing.push(...searchAttributeNames.filter((name) => name in (customAttributes ?? {})));
    const missing = searchAttributeNames.filter((name) => !existing.includes(name));
    const strange = existing.filter((name) => customAttributes?.[name] !== searchAttributeType);
    if (missing.length > 0)
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing.map((name) => [name, searchAttributeType])) });
    const problem = strange.length > 0 ? `${strange.join(', ')} has another type than Keyword, so runs do not set it; remove it there, and run this again` : null;
    return { registered: missing, existing, problem };
  } catch (error) {
    if (grpcCode(error) === notFound) throw new InvalidInput(`there is no namespace ${namespace}; name another with TEMPORAL_NAMESPACE`, { cause: error });
    return { registered: [], existing, problem: messageOf(error) };
  }
}
