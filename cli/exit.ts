import { CommanderError } from 'commander';
import { ContinualError, InvalidInput, StoreUnavailable, UnknownPipeline, UnknownVersion } from '../contracts';

/** The statuses with which the command ends; `--help` and docs/cli.md list them. */
export const exitCodes = { ok: 0, failed: 1, invalid: 2, refused: 3, unreachable: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command that cannot go on: one message for a person, one status for a script. */
export class CommandFailed extends Error {
  override readonly name: string = 'CommandFailed';
  constructor(
    message: string,
    readonly exitCode: ExitCode = exitCodes.failed,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Temporal does not answer, or lets nobody in. */
export class TemporalUnreachable extends CommandFailed {
  override readonly name = 'TemporalUnreachable';
  constructor(message: string, options?: ErrorOptions) {
    super(message, exitCodes.unreachable, options);
  }
}

export interface Failure {
  exitCode: number;
  type: string;
  message: string;
}

/** Any thrown thing as one message and one status. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof CommanderError)
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.invalid, type: 'Usage', message: error.message.replace(/^error: /, '') };
  if (error instanceof CommandFailed) return { exitCode: error.exitCode, type: error.name, message: error.message };
  if (error instanceof ContinualError) return { exitCode: codeOf(error), type: error.type, message: error.message };
  return explainTemporal(error) ?? { exitCode: exitCodes.failed, type: 'UnexpectedError', message: messageOf(error) };
}

function codeOf(error: ContinualError): ExitCode {
  if (error instanceof InvalidInput || error instanceof UnknownPipeline || error instanceof UnknownVersion) return exitCodes.invalid;
  return error instanceof StoreUnavailable ? exitCodes.unreachable : exitCodes.failed;
}

const grpc = { deadlineExceeded: 4, permissionDenied: 7, unavailable: 14, unauthenticated: 16 };

/** What Temporal's client throws: the reason hides in a gRPC status, some causes down. */
function explainTemporal(error: unknown): Failure | null {
  if (error instanceof Error && error.name === 'NamespaceNotFoundError')
    return { exitCode: exitCodes.invalid, type: 'UnknownNamespace', message: `${error.message}; name another with TEMPORAL_NAMESPACE` };
  switch (grpcCode(error)) {
    case grpc.unavailable:
    case grpc.deadlineExceeded:
      return { exitCode: exitCodes.unreachable, type: 'TemporalUnreachable', message: `Temporal stopped answering: ${messageOf(rootOf(error))}` };
    case grpc.permissionDenied:
    case grpc.unauthenticated:
      return {
        exitCode: exitCodes.unreachable,
        type: 'TemporalUnreachable',
        message: `Temporal refuses these credentials: ${messageOf(rootOf(error))}; set TEMPORAL_API_KEY or TEMPORAL_PROFILE`,
      };
    case undefined:
      return null;
    default:
      return { exitCode: exitCodes.failed, type: 'TemporalError', message: `Temporal refuses: ${messageOf(rootOf(error))}` };
  }
}

/** The gRPC status of an error or of what caused it. */
export function grpcCode(error: unknown): number | undefined {
  const code = (rootOf(error) as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
}

function rootOf(error: unknown): unknown {
  const cause = (error as { cause?: unknown } | undefined)?.cause;
  return cause === undefined ? error : rootOf(cause);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
