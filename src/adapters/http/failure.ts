import { errorMessage } from "../../core/errors.ts";

/** Why there was no answer. */
export type FailureCause =
  | "dns"
  | "refused"
  | "timeout"
  | "certificate"
  | "reset"
  | "tooLarge"
  | "aborted"
  | "other";

/** Why a request has no response, and whether it can have had an effect all the same. */
export type HttpFailure = {
  /** False only when no byte of the request left this process. */
  readonly sent: boolean;
  readonly cause: FailureCause;
  /** Node's or undici's error code; for logs. */
  readonly code: string;
  readonly message: string;
};

const causes: Readonly<Record<string, FailureCause>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  ERR_HTTP2_STREAM_ERROR: "reset",
  ERR_HTTP2_GOAWAY_SESSION: "reset",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "tooLarge",
  ERR_BUFFER_TOO_LARGE: "tooLarge",
  UND_ERR_ABORTED: "aborted",
  ABORT_ERR: "aborted",
  CERT_HAS_EXPIRED: "certificate",
  CERT_NOT_YET_VALID: "certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate",
  UNABLE_TO_GET_ISSUER_CERT: "certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate",
};

/** Sorts whatever undici or Node threw. `sent` is what the caller knows; failures to connect are never sent. */
export function toHttpFailure(error: unknown, sent: boolean): HttpFailure {
  const code = codeOf(error);
  const cause = causes[code] ?? (/^ERR_(SSL|TLS)|^CERT_/.test(code) ? "certificate" : "other");
  const connecting =
    cause === "dns" ||
    cause === "refused" ||
    cause === "certificate" ||
    code === "UND_ERR_CONNECT_TIMEOUT";
  return { sent: sent && !connecting, cause, code, message: errorMessage(error) };
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) {
    return "UNKNOWN";
  }
  if ("name" in error && (error.name === "AbortError" || error.name === "TimeoutError")) {
    return "ABORT_ERR";
  }
  if ("code" in error && typeof error.code === "string") {
    return error.code;
  }
  // Happy-eyeballs failures arrive as an AggregateError; every part has the same meaning for the caller.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return codeOf(error.errors[0]);
  }
  return "UNKNOWN";
}
