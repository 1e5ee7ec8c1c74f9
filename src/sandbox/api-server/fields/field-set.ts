import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { Schema } from "../schema/schema.ts";
import { fieldSchema } from "../schema/schema.ts";

/**
 * A set of field paths as server-side apply tracks them. A path is its FieldsV1 elements (`f:spec`, `k:{"name":"a"}`,
 * `v:"x"`) joined by a NUL, so that sets are compared as plain strings.
 */
export type FieldSet = ReadonlySet<string>;

const separator = "\u0000";

/** The path of one element below a path; the empty path is the root. */
export function childPath(path: string, element: string): string {
  return path === "" ? element : path + separator + element;
}

/** The elements of a path, from the root on. */
function pathElements(path: string): string[] {
  return path.split(separator);
}

/** The path in words: `.spec.rules[name="a"].priority`. */
export function pathText(path: string): string {
  return pathElements(path)
    .map((element) => {
      const text = element.slice(2);
      if (element.startsWith("f:")) return `.${text}`;
      if (element.startsWith("v:")) return `[=${text}]`;
      const keys = Object.entries(JSON.parse(text) as JsonObject);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}

/** The paths that are in any of the sets. */
export function union(...sets: readonly FieldSet[]): Set<string> {
  const result = new Set<string>();
  for (const set of sets) for (const path of set) result.add(path);
  return result;
}

/** The paths of the first set that are not in the second. */
export function difference(from: FieldSet, remove: FieldSet): Set<string> {
  return new Set([...from].filter((path) => !remove.has(path)));
}

/** The paths that are in both sets. */
export function intersection(left: FieldSet, right: FieldSet): Set<string> {
  return new Set([...left].filter((path) => right.has(path)));
}

/** The set with every ancestor of its paths. */
export function withAncestors(set: FieldSet): Set<string> {
  const result = new Set(set);
  for (const path of set) {
    const elements = pathElements(path);
    for (let length = 1; length < elements.length; length++) {
      result.add(elements.slice(0, length).join(separator));
    }
  }
  return result;
}

type Node = { isMember: boolean; readonly children: Map<string, Node> };

/** The set in the FieldsV1 format of `metadata.managedFields`. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const root: Node = { isMember: false, children: new Map() };
  for (const path of set) {
    let node = root;
    for (const element of pathElements(path)) {
      let next = node.children.get(element);
      if (next === undefined) {
        next = { isMember: false, children: new Map() };
        node.children.set(element, next);
      }
      node = next;
    }
    node.isMember = true;
  }
  return nodeJson(root);
}

function nodeJson(node: Node): JsonObject {
  const json: JsonObject = {};
  if (node.children.size === 0) return json;
  if (node.isMember) json["."] = {};
  for (const element of [...node.children.keys()].sort()) {
    const child = node.children.get(element);
    if (child !== undefined) json[element] = nodeJson(child);
  }
  return json;
}

/** The set of a FieldsV1 value; anything malformed counts as empty. */
export function fromFieldsV1(json: JsonValue | undefined): Set<string> {
  const set = new Set<string>();
  if (isJsonObject(json)) readNode(json, "", set);
  return set;
}

function readNode(json: JsonObject, path: string, set: Set<string>): void {
  for (const [element, child] of Object.entries(json)) {
    if (element === ".") {
      set.add(path);
      continue;
    }
    const next = childPath(path, element);
    if (!isJsonObject(child) || Object.keys(child).length === 0) set.add(next);
    else readNode(child, next, set);
  }
}

/** One child of a granular map or list. */
export type Child = { readonly value: JsonValue; readonly schema: Schema | undefined };

/**
 * The children of a value that are owned one by one, by path element; undefined when it is owned as a whole:
 * scalars, atomic maps, and lists that are neither `set` nor `map`.
 */
export function granularChildren(
  value: JsonValue | undefined,
  schema: Schema | undefined,
): Map<string, Child> | undefined {
  if (Array.isArray(value)) return schema === undefined ? undefined : listChildren(value, schema);
  if (!isJsonObject(value) || schema?.["x-kubernetes-map-type"] === "atomic") return undefined;
  const children = new Map<string, Child>();
  for (const [key, child] of Object.entries(value)) {
    children.set(`f:${key}`, { value: child, schema: fieldSchema(schema, key) });
  }
  return children;
}

function listChildren(list: readonly JsonValue[], schema: Schema): Map<string, Child> | undefined {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "set" && listType !== "map") return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const children = new Map<string, Child>();
  for (const item of list) {
    const element = listType === "set" ? `v:${JSON.stringify(item)}` : keyElement(item, keys);
    children.set(element, { value: item, schema: schema.items });
  }
  return children;
}

function keyElement(item: JsonValue, keys: readonly string[]): string {
  const identity: JsonObject = {};
  for (const key of [...keys].sort()) {
    const value = isJsonObject(item) ? item[key] : undefined;
    if (value !== undefined) identity[key] = value;
  }
  return `k:${JSON.stringify(identity)}`;
}
