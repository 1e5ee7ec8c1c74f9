import type { KindVersion } from "../convert/kind-version.ts";
import { specType } from "../convert/spec-type.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { memberOf, pointerToken } from "./projection.ts";

/**
 * JSON pointers of what ARM shows and the resource could state at the top of its spec, but does not: what a PUT does to that is up to the
 * resource provider, and some reset it. Values that look like a default (false, 0, empty) are left out.
 */
export function unstated(version: KindVersion, body: JsonObject, shown: JsonObject): string[] {
  if (version.spec === undefined) return [];
  const { fields } = specType(version.types, version.spec, version.collections);
  const paths = fields
    .map(({ containers, member }) => [...containers, member])
    .filter((path) => isEmpty(valueAt(body, path)) && !isEmpty(valueAt(shown, path)))
    .map((path) => path.map((part) => `/${pointerToken(part)}`).join(""));
  return [...new Set(paths)].filter((path) => path !== "/name");
}

function valueAt(object: JsonObject, path: readonly string[]): JsonValue | undefined {
  let at: JsonValue | undefined = object;
  for (const part of path) at = isJsonObject(at) ? memberOf(at, part) : undefined;
  return at;
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "")
    return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
