import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { isEqualJson } from "../fields/compare-fields.ts";

/** RFC 6902. Undefined when the patch is malformed, a path does not exist or a test fails. The input is left as it is. */
export function applyJsonPatch(target: JsonObject, patch: JsonValue): JsonValue | undefined {
  if (!Array.isArray(patch)) return undefined;
  let document: JsonValue | undefined = structuredClone(target);
  for (const operation of patch) {
    if (!isJsonObject(operation) || document === undefined) return undefined;
    document = applyOperation(document, operation);
  }
  return document;
}

function applyOperation(document: JsonValue, operation: JsonObject): JsonValue | undefined {
  const path = parsePointer(operation["path"]);
  if (path === undefined) return undefined;
  const value = operation["value"];
  switch (operation["op"]) {
    case "add":
      return value === undefined ? undefined : insert(document, path, structuredClone(value));
    case "replace":
      return value === undefined ? undefined : replace(document, path, structuredClone(value));
    case "remove":
      return remove(document, path);
    case "test":
      return isEqualJson(read(document, path) ?? null, value ?? null) ? document : undefined;
    case "move":
    case "copy":
      return transfer(document, operation, path);
    default:
      return undefined;
  }
}

function transfer(
  document: JsonValue,
  operation: JsonObject,
  path: readonly string[],
): JsonValue | undefined {
  const from = parsePointer(operation["from"]);
  const value = from === undefined ? undefined : read(document, from);
  if (from === undefined || value === undefined) return undefined;
  const source = operation["op"] === "move" ? remove(document, from) : document;
  return source === undefined ? undefined : insert(source, path, structuredClone(value));
}

function parsePointer(pointer: JsonValue | undefined): string[] | undefined {
  if (pointer === "") return [];
  if (typeof pointer !== "string" || !pointer.startsWith("/")) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(document: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const part of path) {
    if (Array.isArray(value)) value = value[indexIn(value, part) ?? -1];
    else if (isJsonObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

function indexIn(list: readonly JsonValue[], part: string): number | undefined {
  return /^(0|[1-9]\d*)$/.test(part) && Number(part) < list.length ? Number(part) : undefined;
}

function insert(
  document: JsonValue,
  path: readonly string[],
  value: JsonValue,
): JsonValue | undefined {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const at =
      last === "-" || last === String(parent.length) ? parent.length : indexIn(parent, last);
    if (at === undefined) return undefined;
    parent.splice(at, 0, value);
  } else if (isJsonObject(parent)) {
    parent[last] = value;
  } else {
    return undefined;
  }
  return document;
}

/** Kubernetes lets `replace` create a missing field of an existing object. */
function replace(
  document: JsonValue,
  path: readonly string[],
  value: JsonValue,
): JsonValue | undefined {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (!Array.isArray(parent)) return insert(document, path, value);
  const at = indexIn(parent, last);
  if (at === undefined) return undefined;
  parent[at] = value;
  return document;
}

function remove(document: JsonValue, path: readonly string[]): JsonValue | undefined {
  const last = path.at(-1);
  const parent = read(document, path.slice(0, -1));
  if (last === undefined) return undefined;
  if (Array.isArray(parent)) {
    const at = indexIn(parent, last);
    if (at === undefined) return undefined;
    parent.splice(at, 1);
  } else if (isJsonObject(parent) && Object.hasOwn(parent, last)) {
    delete parent[last];
  } else {
    return undefined;
  }
  return document;
}
