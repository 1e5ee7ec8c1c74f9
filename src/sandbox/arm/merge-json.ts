import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** `over` laid onto `under`: objects merge key by key, everything else is replaced. */
export function mergeOver(under: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isJsonObject(below) && isJsonObject(value) ? mergeOver(below, value) : value;
  }
  return merged;
}

/** JSON merge patch (RFC 7386): like {@link mergeOver}, and null removes. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const below = merged[key];
    if (value === null) delete merged[key];
    else if (isJsonObject(value)) merged[key] = mergePatch(isJsonObject(below) ? below : {}, value);
    else merged[key] = value;
  }
  return merged;
}

/** The value without object members that are null: to a resource provider null means "not given". */
export function withoutNulls(value: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== null) kept[key] = cleaned(member);
  }
  return kept;
}

function cleaned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(cleaned);
  return isJsonObject(value) ? withoutNulls(value) : value;
}

/** `body.properties` when it is an object, else an empty one. */
export function propertiesOf(body: JsonObject | undefined): JsonObject {
  const properties = body?.["properties"];
  return isJsonObject(properties) ? properties : {};
}
