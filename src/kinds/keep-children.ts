import { armUrl } from "../core/arm/arm-id.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { Problem } from "../core/resource/types.ts";
import type { BodyModifier } from "./kind-extension.ts";

/**
 * Children that are custom resources of their own are not part of the parent's, and a PUT that leaves them out deletes them: the
 * collection that ARM shows goes into the body unchanged (aso-semantics.md A.2). A parent that does not exist yet has none.
 */
export function keepChildren(path: readonly string[]): BodyModifier {
  return {
    reads: ({ armId, apiVersion }) => [{ id: "current", url: armUrl(armId, apiVersion) }],
    apply: ({ body }, answers) => {
      const current = answers["current"];
      if (current === undefined || current === "notFound") return { kind: "body", body };
      const children = valueAt(current, path);
      if (!Array.isArray(children)) return { kind: "problem", problem: missingCollection(path) };
      return { kind: "body", body: withValue(body, path, children) };
    },
  };
}

/** The value at a path of member names; undefined where the path ends early. */
export function valueAt(
  value: JsonValue | undefined,
  path: readonly string[],
): JsonValue | undefined {
  let found = value;
  for (const name of path) found = isJsonObject(found) ? found[name] : undefined;
  return found;
}

/** A copy of the body with the value at the path; objects on the way are made as needed. */
export function withValue(body: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return body;
  if (rest.length === 0) return { ...body, [name]: value };
  const below = body[name];
  return { ...body, [name]: withValue(isJsonObject(below) ? below : {}, rest, value) };
}

function missingCollection(path: readonly string[]): Problem {
  return {
    reason: "Failed",
    severity: "Warning",
    retry: "slow",
    message: `Azure's answer does not show ${path.join(".")}, and writing the resource without it could delete what is there. Nothing was sent.`,
  };
}
