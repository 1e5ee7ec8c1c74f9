/**
 * Every code an {@link OperatorError} can carry, with what it means to the reader of a log.
 * Expected outcomes (throttled, not found, conflict …) are values, never errors; these are lost connections, bad settings and bugs.
 */
export const errorCodes = {
  ConfigInvalid: "A setting is missing or malformed; the message names it.",
  ClusterUnreachable:
    "The API server of a cluster could not be reached (DNS, TCP, TLS or time-out).",
  ClusterUnauthorized: "The API server refused the credential or its rights (401, 403).",
  ClusterAnswered: "The API server answered with a status the controller has no rule for.",
  StorageAnswered: "Azure Storage answered with a status the controller has no rule for.",
  CredentialFailed: "A token could not be obtained for a credential.",
  MessageForeign: "A queue message is not one of ours.",
  CommandRefused: "A command to the app was not carried out; the message says why.",
  TransferStopped:
    "A transfer between clusters or operators stopped half-way; the message says why. It can be run again.",
  LeaseLost: "Another worker claimed the resource; this one stopped.",
  Bug: "An assumption of the controller does not hold.",
} as const;

/** A code of the registry above. */
export type ErrorCode = keyof typeof errorCodes;

/** The one error class of the project. `context` holds safe fields only: no secrets, no bodies. */
export class OperatorError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, string | number | undefined>>;
  constructor(
    code: ErrorCode,
    message: string,
    context: Readonly<Record<string, string | number | undefined>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "OperatorError";
    this.code = code;
    this.context = context;
  }
}

/** Whether an API server refused a call for want of rights: the credential itself is good. */
export function isForbidden(error: unknown): boolean {
  return (
    error instanceof OperatorError &&
    error.code === "ClusterUnauthorized" &&
    error.context["status"] === 403
  );
}

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
