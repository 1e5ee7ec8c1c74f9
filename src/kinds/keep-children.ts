import { armUrl } from "../core/arm/arm-id.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { Problem } from "../core/resource/types.ts";
import type { BodyModifier } from "./kind-extension.ts";

/** A collection of children inside a parent's body, and which members of a child a PUT may carry. */
export type ChildCollection = {
  /** Member names from the body's root to the list. */
  readonly path: readonly string[];
  /** Writable members below a child's `properties`. */
  readonly properties: readonly string[];
  /** Members beside `properties` that the parent's body takes. */
  readonly members: readonly string[];
};

/**
 * Children that are custom resources of their own are not part of the parent's, and a PUT that leaves them out deletes them: what ARM
 * shows goes into the body, reduced to what can be written (aso-kinds.md, embedded children). A parent that does not exist yet has none.
 */
export function keepChildren(collection: ChildCollection): BodyModifier {
  return withCurrent((body, current) => {
    const children = valueAt(current, collection.path);
    if (!Array.isArray(children))
      return { kind: "problem", problem: missingCollection(collection.path) };
    if (children.length === 0) return { kind: "body", body: withHolder(body, collection.path) };
    return {
      kind: "body",
      body: withValue(
        body,
        collection.path,
        children.map((child) => reduced(child, collection)),
      ),
    };
  });
}

/**
 * As {@link keepChildren} where the custom resource can name children too: its own come first, those of ARM with another name follow.
 * Children that ARM does not show are none.
 */
export function addChildren(collection: ChildCollection): BodyModifier {
  return withCurrent((body, current) => {
    const shown = valueAt(current, collection.path);
    if (!Array.isArray(shown)) return { kind: "body", body };
    const stated = valueAt(body, collection.path);
    const own = Array.isArray(stated) ? stated : [];
    const names = new Set(own.map(nameOf));
    const others = shown
      .filter((child) => !names.has(nameOf(child)))
      .map((child) => reduced(child, collection));
    if (own.length + others.length === 0) return { kind: "body", body };
    return { kind: "body", body: withValue(body, collection.path, [...own, ...others]) };
  });
}

function withCurrent(
  apply: (body: JsonObject, current: JsonObject) => ReturnType<BodyModifier["apply"]>,
): BodyModifier {
  return {
    reads: ({ armId, apiVersion }) => [{ id: "current", url: armUrl(armId, apiVersion) }],
    apply: ({ body }, answers) => {
      const current = answers["current"];
      return current === undefined || current === "notFound"
        ? { kind: "body", body }
        : apply(body, current);
    },
  };
}

function reduced(child: JsonValue, { members, properties }: ChildCollection): JsonValue {
  if (!isJsonObject(child)) return child;
  const below = child["properties"];
  return {
    ...picked(child, members),
    ...(isJsonObject(below) ? { properties: writableMembers(picked(below, properties)) } : {}),
  };
}

function picked(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

/** Members that ARM adds to nested objects and that no body takes. */
const readOnly = new Set(["etag", "provisioningState", "actions", "resourceGuid"]);

/** Nested objects that have an id and are no references: they are written with their parent. */
const embedded = new Set(["delegations"]);

/** Members of any shape, which are the user's own. */
const freeForm = new Set(["settings", "protectedSettings"]);

/** What ASO's own model of a child keeps: references are their id alone, empty lists are left out. */
function writable(name: string, value: JsonValue): JsonValue {
  if (freeForm.has(name)) return value;
  if (Array.isArray(value)) return value.map((one) => writable(name, one));
  if (!isJsonObject(value)) return value;
  const { id, ...others } = value;
  if (typeof id === "string" && !embedded.has(name)) return { id };
  return writableMembers(embedded.has(name) ? picked(others, ["name", "properties"]) : value);
}

function writableMembers(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(
    ([name, one]) => !readOnly.has(name) && !(Array.isArray(one) && one.length === 0),
  );
  return Object.fromEntries(kept.map(([name, one]) => [name, writable(name, one)]));
}

/** ASO sends the object that would hold the children even when there are none. */
function withHolder(body: JsonObject, path: readonly string[]): JsonObject {
  const holder = path.slice(0, -1);
  return withValue(body, holder, valueAt(body, holder) ?? {});
}

function nameOf(child: JsonValue): JsonValue | undefined {
  return isJsonObject(child) ? child["name"] : undefined;
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
