import { OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { FailureCause, HttpFailure } from "../http/failure.ts";

/** One request as messages name it: `GET resourcegroups "rg1"`. */
export type Purpose = { readonly cluster: string; readonly host: string; readonly action: string };

const advice: Readonly<Record<FailureCause, string>> = {
  dns: "its name could not be resolved. Check the server address, and the DNS zone if the cluster is private",
  refused:
    "it refused the connection or there is no route to it. Check that the API server runs and that the network lets the controller in",
  timeout:
    "it did not answer in time. Check the network path and the cluster's authorised address ranges",
  certificate:
    "its certificate was not accepted. Check the certificate authority that the registry entry or kubeconfig names",
  reset: "the connection broke",
  tooLarge: "the answer is larger than the controller accepts",
  aborted: "the time for this call was over before it answered",
  other: "the request failed",
};

/** No answer from the API server. */
export function unreachable(purpose: Purpose, failure: HttpFailure): OperatorError {
  const detail = failure.cause === "aborted" ? "" : ` (${failure.message})`;
  return new OperatorError(
    "ClusterUnreachable",
    `Cluster "${purpose.cluster}" at ${purpose.host}: ${advice[failure.cause]}${detail}.`,
    {
      cluster: purpose.cluster,
      cause: failure.cause,
      code: failure.code,
      action: purpose.action,
    },
  );
}

/** The credential (401) or its rights (403) were refused. */
export function unauthorized(purpose: Purpose, status: number, told: string): OperatorError {
  const text =
    status === 401
      ? `Cluster "${purpose.cluster}" did not accept the credential (401), also after it was read again: the token or client certificate is wrong or expired. Renew it where the registry entry points.`
      : `Cluster "${purpose.cluster}" forbids ${purpose.action} (403): ${told} Apply the controller's generated role and bind it to this identity.`;
  return new OperatorError("ClusterUnauthorized", text, {
    cluster: purpose.cluster,
    status,
    action: purpose.action,
  });
}

/** A status there is no rule for; `retryAfterMs` is set when the server asked for a pause. */
export function answered(
  purpose: Purpose,
  status: number,
  told: string,
  retryAfterMs: number | undefined,
): OperatorError {
  const pause =
    retryAfterMs === undefined ? "" : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;
  return new OperatorError(
    "ClusterAnswered",
    `Cluster "${purpose.cluster}" answered ${status} to ${purpose.action}: ${told}${pause}`,
    { cluster: purpose.cluster, status, action: purpose.action, retryAfterMs },
  );
}

/** A Kubernetes `Status` body, as far as it is read. */
export type StatusBody = {
  readonly message: string;
  readonly reason: string;
  /** Name of the object the Status is about; empty for a path the server does not know. */
  readonly name: string;
  /** `reason` of every cause. */
  readonly causes: readonly string[];
};

/** Reads a `Status` body; text of another shape becomes the message, shortened. */
export function readStatus(text: string): StatusBody {
  const body = parseJson(text);
  if (body === undefined || body["kind"] !== "Status") {
    return { message: text.slice(0, 300).trim(), reason: "", name: "", causes: [] };
  }
  const details = isJsonObject(body["details"]) ? body["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"] : [];
  return {
    message: textOf(body["message"]),
    reason: textOf(body["reason"]),
    name: textOf(details["name"]),
    causes: causes.filter(isJsonObject).map((cause) => textOf(cause["reason"])),
  };
}

/** RBAC's own words; a 403 of an admission policy or webhook reads differently and is about the content. */
export function isRbacRefusal(status: StatusBody): boolean {
  return /is forbidden: User "|^Unauthorized$|forbidden: User "/.test(status.message);
}

/** Milliseconds that a Retry-After header (seconds or date) asks for. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) {
    return undefined;
  }
  const seconds = Number(header);
  if (Number.isFinite(seconds)) {
    return Math.max(0, seconds * 1000);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** A JSON object, or undefined when the text is something else. */
export function parseJson(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
