import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";

/** RFC 7386: null removes, objects merge, everything else replaces. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * Kubernetes' strategic merge patch, as far as the built-in types here need it: a merge patch in which lists with keys
 * and sets are merged, with the directives `$patch`, `$deleteFromPrimitiveList` and `$setElementOrder` (order is kept
 * as it is).
 */
export function strategicMergePatch(
  target: JsonValue | undefined,
  patch: JsonValue,
  schema: Schema | undefined,
): JsonValue {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(target) ? target : [], patch, schema);
  if (!isJsonObject(patch)) return patch;
  const directive = patch["$patch"];
  const result: JsonObject = isJsonObject(target) && directive !== "replace" ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$")) applyDirective(result, key, value);
    else if (value === null) delete result[key];
    else result[key] = strategicMergePatch(result[key], value, fieldSchema(schema, key));
  }
  return result;
}

/** Of the directives only the removal from a list of scalars changes something here. */
function applyDirective(object: JsonObject, directive: string, items: JsonValue): void {
  if (!directive.startsWith("$deleteFromPrimitiveList/")) return;
  const field = directive.slice(directive.indexOf("/") + 1);
  const list = object[field];
  if (!Array.isArray(list) || !Array.isArray(items)) return;
  const kept = list.filter((item) => !items.includes(item));
  if (kept.length > 0) object[field] = kept;
  else delete object[field];
}

function mergeLists(
  target: readonly JsonValue[],
  patch: readonly JsonValue[],
  schema: Schema | undefined,
): JsonValue[] {
  const listType = schema?.["x-kubernetes-list-type"];
  if (listType === "set") return [...target, ...patch.filter((item) => !target.includes(item))];
  const key = schema?.["x-kubernetes-list-map-keys"]?.[0];
  if (listType !== "map" || key === undefined) return [...patch];
  const merged = [...target];
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    const at = merged.findIndex((other) => isJsonObject(other) && other[key] === item[key]);
    if (item["$patch"] === "delete") {
      if (at >= 0) merged.splice(at, 1);
    } else if (at >= 0) {
      merged[at] = strategicMergePatch(merged[at], item, schema?.items);
    } else {
      merged.push(strategicMergePatch({}, item, schema?.items));
    }
  }
  return merged;
}
