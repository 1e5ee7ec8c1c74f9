import { isJsonObject, type JsonValue } from "../json.ts";
import { isJson } from "./json-members.ts";

/** Whatever HTTP said; header names in lower case. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** The state of an operation that goes on (ARM RPC); also assumed where an answer names none. */
export const inProgress = "InProgress";

/** The state of an operation that ended well (ARM RPC). */
export const succeeded = "Succeeded";

/** Failed, canceled: the operation ended without success. */
export function isFailedState(state: string): boolean {
  return /^(failed|cancell?ed)$/i.test(state);
}

/** Any other word means that the operation runs (ARM RPC, asynchronous operations). */
export function isTerminalState(state: string): boolean {
  return isFailedState(state) || /^(succeeded|completed)$/i.test(state);
}

/** What the poller of the Azure SDK takes for an answer of a healthy operation. */
export function isAccepted(status: number): boolean {
  return [200, 201, 202, 204].includes(status);
}

/** Throttled, timed out or broken on the way: says nothing about the operation. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** The body of an answer as far as polling reads it. */
export type LroBody =
  | { readonly kind: "none" }
  | { readonly kind: "broken" }
  | { readonly kind: "object"; readonly value: Readonly<Record<string, JsonValue | undefined>> };

/** `broken`: not JSON, or no object. A JSON `null` counts as an object without members, as in the SDK. */
export function readLroBody(text: string): LroBody {
  if (text === "") return { kind: "none" };
  if (!isJson(text)) return { kind: "broken" };
  const value: unknown = JSON.parse(text);
  if (value === null) return { kind: "object", value: {} };
  return isJsonObject(value) ? { kind: "object", value } : { kind: "broken" };
}

/** `properties.provisioningState`; empty when absent or of another type. */
export function provisioningState(body: LroBody): string {
  if (body.kind !== "object") return "";
  const { properties } = body.value;
  return isJsonObject(properties) ? textMember(properties, "provisioningState") : "";
}

/** The `status` member at the top; empty when absent or of another type. */
export function operationStatus(body: LroBody): string {
  return body.kind === "object" ? textMember(body.value, "status") : "";
}

function textMember(value: Readonly<Record<string, JsonValue | undefined>>, key: string): string {
  const member = value[key];
  return typeof member === "string" ? member : "";
}

/**
 * Why the SDK could not read the result of a finished operation; undefined when it could (errata 6). A result is empty or one
 * JSON object; of a PUT `id`, `name`, `type` and `kind` are texts.
 */
export function resultFlaw(text: string, method: "PUT" | "DELETE"): string | undefined {
  const body = readLroBody(text);
  if (body.kind === "none") return undefined;
  if (body.kind === "broken") return "Azure's result is not a JSON object.";
  if (method === "DELETE") return undefined;
  const wrong = Object.entries(body.value).find(
    ([key, value]) =>
      /^(id|name|type|kind)$/i.test(key) && value !== null && typeof value !== "string",
  );
  return wrong === undefined ? undefined : `Azure's result has a "${wrong[0]}" that is not a text.`;
}

/** An absolute https URL: what a poll may go to. Whether its host is ARM's is for the caller to check. */
export function isPollable(url: string): boolean {
  if (url.trim() !== url || /%(?![0-9A-Fa-f]{2})/.test(url)) return false;
  const parsed = URL.parse(url);
  return parsed !== null && parsed.protocol === "https:" && /^https:\/\/[^/?#]/i.test(url);
}
