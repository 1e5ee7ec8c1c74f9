import type { JsonObject } from "../core/json.ts";
import type { ArmCredential } from "../core/resource/credential.ts";

/** The operation classes that ARM counts separately. */
export type OperationClass = "read" | "write" | "delete";

/** One request to ARM. */
export type ArmRequest = {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE" | "POST";
  /** Path and query below the credential's endpoint, or an absolute https URL of it (polls). */
  readonly url: string;
  readonly body?: JsonObject;
};

/** Whatever HTTP said. Header names are lower case. */
export type ArmResponse = {
  readonly kind: "response";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; empty when there is none. */
  readonly text: string;
};

/** What ARM said, or that it said nothing. */
export type ArmAnswer =
  | ArmResponse
  /** No answer. `sent` is false only when the request certainly never left (no token, refused host, aborted before). */
  | { readonly kind: "unanswered"; readonly message: string; readonly sent: boolean };

/**
 * Azure Resource Manager: one request per call, no retries, no polling, no redirect to another host.
 * A URL whose host is not the credential's ARM endpoint or on its allow-list is answered `unanswered`, unsent, and no token leaves.
 * A 409 MissingSubscriptionRegistration is returned as it is; registering is the caller's decision.
 */
export interface Arm {
  send(request: ArmRequest, credential: ArmCredential, signal: AbortSignal): Promise<ArmAnswer>;
}
