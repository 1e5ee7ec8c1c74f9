import type { JsonObject } from "../../core/json.ts";

/** A request the server answers with a Kubernetes `Status` instead of an object. `code` is the HTTP status. */
export type Refusal = {
  readonly kind: "refused";
  readonly code: number;
  readonly status: JsonObject;
  /** Warnings about the request, told beside the refusal. */
  readonly warnings?: readonly string[];
};

/** One cause of a 422, in Kubernetes' words; `field` is the path as users see it. */
export type Cause = {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
};

/** The parts of a resource type that appear in messages. */
export type Named = { readonly group: string; readonly plural: string; readonly kind: string };

type Details = {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
};

/** True for an answer that refuses the request. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "refused";
}

/** A failure `Status` of any sort; empty details fields are left out as the real server does. */
export function refuse(code: number, reason: string, message: string, details?: Details): Refusal {
  const status: JsonObject = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
  };
  if (reason !== "") status["reason"] = reason;
  if (details !== undefined) status["details"] = detailsJson(details);
  status["code"] = code;
  return { kind: "refused", code, status };
}

function detailsJson(details: Details): JsonObject {
  const json: JsonObject = {};
  if (details.name) json["name"] = details.name;
  if (details.group) json["group"] = details.group;
  if (details.kind) json["kind"] = details.kind;
  if (details.uid) json["uid"] = details.uid;
  if (details.causes) json["causes"] = details.causes.map((cause) => ({ ...cause }));
  if (details.retryAfterSeconds) json["retryAfterSeconds"] = details.retryAfterSeconds;
  return json;
}

/** `gadgets.test.azure.com` or `secrets`: the name of a resource in messages. */
function qualifiedResource(type: Named): string {
  return type.group === "" ? type.plural : `${type.plural}.${type.group}`;
}

function qualifiedKind(kind: string, group: string): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** 404: there is no object of this name. */
export function notFound(type: Named, name: string): Refusal {
  const message = `${qualifiedResource(type)} ${JSON.stringify(name)} not found`;
  return refuse(404, "NotFound", message, { name, group: type.group, kind: type.plural });
}

/** 409: the name is taken, perhaps by an object on its way out. */
export function alreadyExists(type: Named, name: string, isDeleting: boolean): Refusal {
  const prefix = isDeleting ? "object is being deleted: " : "";
  const message = `${prefix}${qualifiedResource(type)} ${JSON.stringify(name)} already exists`;
  return refuse(409, "AlreadyExists", message, { name, group: type.group, kind: type.plural });
}

/** 409: `why` tells which precondition failed. */
export function conflict(type: Named, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(type)} ${JSON.stringify(name)}: ${why}`;
  return refuse(409, "Conflict", message, { name, group: type.group, kind: type.plural });
}

/** 409 of a stale resourceVersion. */
export function modifiedMeanwhile(type: Named, name: string): Refusal {
  return conflict(
    type,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

/** 403: the server does not do this, whoever asks. */
export function forbidden(type: Named, name: string, why: string, causes?: Cause[]): Refusal {
  const message = `${qualifiedResource(type)} ${JSON.stringify(name)} is forbidden: ${why}`;
  const details = { name, group: type.group, kind: type.plural };
  return refuse(403, "Forbidden", message, causes ? { ...details, causes } : details);
}

/** 400: the request itself is malformed. */
export function badRequest(message: string): Refusal {
  return refuse(400, "BadRequest", message);
}

/** 405: the resource has no such verb. */
export function methodNotAllowed(): Refusal {
  const message = "the server does not allow this method on the requested resource";
  return refuse(405, "MethodNotAllowed", message, {});
}

/** 404 of a path that belongs to no resource, as a Status. */
export function unknownPath(): Refusal {
  return refuse(404, "NotFound", "the server could not find the requested resource", {});
}

/** 410: the requested history is gone. */
export function expired(message: string): Refusal {
  return refuse(410, "Expired", message);
}

/** 422 with every cause, in the sentence kubectl prints. */
export function invalid(
  kind: string,
  group: string,
  name: string,
  causes: readonly Cause[],
): Refusal {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`);
  const unique = [...new Set(texts)];
  const list = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
  const message = `${qualifiedKind(kind, group)} ${JSON.stringify(name)} is invalid: ${list}`;
  return refuse(422, "Invalid", message, { name, group, kind, causes });
}
