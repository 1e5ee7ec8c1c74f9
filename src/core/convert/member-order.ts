import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * A body with its members in the order in which ASO writes them, so that requests can be compared as text: members of the schema by
 * their name with a capital first letter, keys that the user chose (`maps`, JSON pointers) as they are. Values stay the same.
 */
export function inMemberOrder(body: JsonObject, maps: readonly string[]): JsonObject {
  return orderedObject(body, new Set(maps), "");
}

function ordered(value: JsonValue, maps: ReadonlySet<string>, pointer: string): JsonValue {
  if (Array.isArray(value))
    return value.map((one, index) => ordered(one, maps, `${pointer}/${index}`));
  return isJsonObject(value) ? orderedObject(value, maps, pointer) : value;
}

function orderedObject(object: JsonObject, maps: ReadonlySet<string>, pointer: string): JsonObject {
  const rank = maps.has(pointer) ? (name: string) => name : capitalised;
  const names = Object.keys(object).toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return Object.fromEntries(
    names.map((name) => [name, ordered(object[name] ?? null, maps, `${pointer}/${escaped(name)}`)]),
  );
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A member name within a JSON pointer (RFC 6901). */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
