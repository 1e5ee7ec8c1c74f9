import { isJsonObject, type JsonObject } from "../json.ts";
import { pollerIds } from "../resource/names.ts";
import type { Problem } from "../resource/types.ts";
import { isJson } from "./json-members.ts";
import type { Method, Operation } from "./lro.ts";
import { inProgress, isPollable } from "./lro-state.ts";

const tokenTypes: Readonly<Record<Method, string>> = {
  PUT: "GenericResource",
  DELETE: "GenericDeleteResponse",
};

/**
 * A running operation as ASO stores it on the resource, to the letter: order of members and escapes (aso-semantics.md 2.4,
 * errata 4). A resource can therefore change hands in the middle of an operation. `id` and `token` go into two annotations.
 */
export function writeResumeToken(operation: Operation): {
  readonly id: string;
  readonly token: string;
} {
  const { method } = operation;
  return {
    id: method === "PUT" ? pollerIds.create : pollerIds.delete,
    token: goJson({ type: tokenTypes[method], token: tokenOf(operation) }),
  };
}

function tokenOf(operation: Operation): JsonObject {
  const { protocol, pollUrl, state, method } = operation;
  if (protocol === "loc" || protocol === "body") return { type: protocol, pollURL: pollUrl, state };
  const rest = {
    locURL: operation.locationUrl ?? "",
    origURL: operation.originalUrl ?? "",
    method,
    finalState: operation.finalState ?? "",
  };
  return protocol === "async"
    ? { asyncURL: pollUrl, ...rest, state }
    : { oplocURL: pollUrl, ...rest, resultPath: "", state };
}

const goEscapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** Go's encoder escapes what could end a script element; members stay in order. */
function goJson(value: JsonObject): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => goEscapes[character] ?? character,
  );
}

/**
 * Reads a stored operation back. The annotations are users' to edit: nothing throws, and what is no operation of this resource's
 * last write is a problem. The host of the URL is for the caller to check. A terminal state is read like any other: one poll
 * more ends the operation (ASO crashes there, errata 20).
 */
export function readResumeToken(
  id: string,
  token: string,
): Operation | { readonly kind: "problem"; readonly problem: Problem } {
  const method = methodOf(id);
  if (method === undefined) return unreadable(`names the unknown operation "${id.slice(0, 100)}"`);
  if (!isJson(token)) return unreadable("holds no JSON");
  const outer: unknown = JSON.parse(token);
  if (!isJsonObject(outer)) return unreadable("holds no JSON object");
  if (outer["type"] !== tokenTypes[method])
    return unreadable(`is not of the type ${tokenTypes[method]} that ${id} needs`);
  const inner = outer["token"];
  if (!isJsonObject(inner)) return unreadable("holds no operation");
  const operation = operationOf(method, inner);
  if (operation === undefined) return unreadable("holds no operation that can be followed");
  return isPollable(operation.pollUrl)
    ? operation
    : unreadable("holds a URL that cannot be polled");
}

function methodOf(id: string): Method | undefined {
  if (id === pollerIds.create) return "PUT";
  return id === pollerIds.delete ? "DELETE" : undefined;
}

function operationOf(method: Method, token: JsonObject): Operation | undefined {
  const fields = textFields(token);
  if (fields === undefined) return undefined;
  const read = fields["state"] ?? "";
  const state = read === "" ? inProgress : read;
  const further = {
    originalUrl: fields["origURL"] ?? "",
    locationUrl: fields["locURL"] ?? "",
    finalState: fields["finalState"] ?? "",
  };
  if (fields["asyncURL"] !== undefined)
    return { protocol: "async", method, pollUrl: fields["asyncURL"], state, ...further };
  if (fields["oplocURL"] !== undefined)
    return { protocol: "op", method, pollUrl: fields["oplocURL"], state, ...further };
  const protocol = fields["type"];
  if (protocol !== "loc" && protocol !== "body") return undefined;
  return { protocol, method, pollUrl: fields["pollURL"] ?? "", state };
}

const knownFields = [
  "type",
  "asyncURL",
  "oplocURL",
  "pollURL",
  "origURL",
  "locURL",
  "finalState",
  "state",
] as const;

/** The members that matter; each is a text, one of another type spoils the token. */
function textFields(token: JsonObject): Partial<Record<string, string>> | undefined {
  const fields: Record<string, string> = {};
  for (const key of knownFields) {
    const value = Object.hasOwn(token, key) ? token[key] : undefined;
    if (value === undefined) continue;
    if (typeof value !== "string") return undefined;
    fields[key] = value;
  }
  return fields;
}

function unreadable(why: string): { readonly kind: "problem"; readonly problem: Problem } {
  return {
    kind: "problem",
    problem: {
      reason: "Failed",
      severity: "Warning",
      retry: "slow",
      message: `The stored operation ${why}. Nothing was sent. Remove the annotations serviceoperator.azure.com/poller-resume-token and serviceoperator.azure.com/poller-resume-id; the resource is then compared with Azure.`,
    },
  };
}
