import type { JsonObject } from "../../core/json.ts";
import type { Answer } from "./types.ts";

/** An error in ARM's form: `{error: {code, message}}` with optional further fields. */
export function armError(
  status: number,
  code: string,
  message: string,
  extra: { headers?: Record<string, string>; details?: JsonObject[]; target?: string } = {},
): Answer {
  const error: JsonObject = { code, message };
  if (extra.target !== undefined) error["target"] = extra.target;
  if (extra.details !== undefined) error["details"] = extra.details;
  return {
    status,
    body: { error },
    headers: { "x-ms-failure-cause": "gateway", ...extra.headers },
  };
}

/** 404 for a resource, in the words of the front door for its scope. */
export function notFound(id: string, type: string): Answer {
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(id)?.[1];
  if (type.toLowerCase() === "microsoft.resources/resourcegroups")
    return groupNotFound(group ?? "");
  const relative = id.slice(id.toLowerCase().lastIndexOf("/providers/") + "/providers/".length);
  return armError(
    404,
    "ResourceNotFound",
    group === undefined
      ? `The Resource '${relative}' was not found.`
      : `The Resource '${relative}' under resource group '${group}' was not found.`,
  );
}

/** 404 for a resource group. */
export function groupNotFound(group: string): Answer {
  return armError(404, "ResourceGroupNotFound", `Resource group '${group}' could not be found.`);
}

/** 404 for the container of a resource. */
export function parentNotFound(parent: string, id: string): Answer {
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)$/i.exec(parent)?.[1];
  if (group !== undefined) return groupNotFound(group);
  return armError(
    404,
    "ParentResourceNotFound",
    `Failed to perform an operation on the nested resource '${id}': its parent '${parent}' does not exist.`,
  );
}
