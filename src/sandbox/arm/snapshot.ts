import { OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Operation } from "./operations.ts";
import type { StoredResource } from "./resource-store.ts";
import { settle, type World } from "./world.ts";

/** State as JSON that a person can edit: `resources[].body` is what a GET shows, without embedded children. */
export function takeSnapshot(world: World): JsonValue {
  settle(world);
  const resources = world.store.all().map(
    ({ id, type, body, etag, implicit, deleting }): JsonObject => ({
      id,
      type,
      etag,
      implicit,
      deleting,
      body,
    }),
  );
  return {
    version: 1,
    resources,
    operations: world.operations.snapshot(),
    registered: [...world.registered],
    keyGenerations: Object.fromEntries(world.keyGenerations),
  };
}

/** Replaces the state of the world. Throws OperatorError `ConfigInvalid` when the value is no snapshot. */
export function restoreSnapshot(world: World, snapshot: JsonValue): void {
  if (!isJsonObject(snapshot) || snapshot["version"] !== 1) throw invalid("it has no version 1");
  const resources = objects(snapshot, "resources").map(toResource);
  const operations = objects(snapshot, "operations").map(toOperation);
  world.store.clear();
  world.stale.clear();
  for (const resource of resources) world.store.set(resource);
  world.operations.restore(operations);
  world.registered.clear();
  for (const key of asArray(snapshot["registered"])) world.registered.add(String(key));
  world.keyGenerations.clear();
  const generations = snapshot["keyGenerations"];
  for (const [key, count] of Object.entries(isJsonObject(generations) ? generations : {})) {
    world.keyGenerations.set(key, Number(count));
  }
}

function toResource(value: JsonObject): StoredResource {
  const { id, type, body, etag, implicit, deleting } = value;
  if (typeof id !== "string" || typeof type !== "string" || !isJsonObject(body)) {
    throw invalid("a resource lacks id, type or body");
  }
  return {
    id,
    type,
    body,
    etag: String(etag ?? ""),
    implicit: implicit === true,
    deleting: deleting === true,
  };
}

function toOperation(value: JsonObject): Operation {
  const numbers = ["startedAt", "until", "polls", "notBefore", "move"];
  const texts = ["id", "method", "resource", "type", "location", "shape", "outcome", "state"];
  const isWhole =
    numbers.every((k) => typeof value[k] === "number") &&
    texts.every((k) => typeof value[k] === "string");
  if (!isWhole) throw invalid("an operation is incomplete");
  return value as unknown as Operation;
}

function objects(snapshot: JsonObject, key: string): JsonObject[] {
  const list = asArray(snapshot[key]);
  if (!list.every(isJsonObject)) throw invalid(`${key} holds something that is no object`);
  return list as JsonObject[];
}

function asArray(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function invalid(why: string): OperatorError {
  return new OperatorError("ConfigInvalid", `Not a state of the embedded ARM: ${why}.`);
}
