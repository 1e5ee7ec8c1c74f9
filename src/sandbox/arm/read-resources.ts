import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { armError, groupNotFound, notFound, parentNotFound } from "./arm-error.ts";
import { groupType, parseResourceId, type ResourceId, type Target } from "./parse-target.ts";
import { notePoll } from "./poll-operation.ts";
import type { StoredResource } from "./resource-store.ts";
import { roleDefinitions } from "./role-definitions.ts";
import { retryAfterHeader } from "./start-operation.ts";
import type { Answer } from "./types.ts";
import type { Call, World } from "./world.ts";

/** GET of a resource. */
export function getResource(world: World, resource: ResourceId): Answer {
  world.statistics.get(resource.id);
  const running = world.operations.runningOn(resource.id);
  const isPoll = running?.shape === "body";
  if (isPoll) notePoll(world, running);
  const stale = world.stale.get(resource.id.toLowerCase());
  if (stale !== undefined && stale.until > world.clock.now()) {
    return stale.body === undefined
      ? notFound(resource.id, resource.type)
      : { status: 200, body: stale.body };
  }
  if (resource.type.toLowerCase() === "microsoft.authorization/roledefinitions") {
    const role = roleDefinitions().find((r) => r["name"] === resource.name.toLowerCase());
    return role === undefined ? notFound(resource.id, resource.type) : { status: 200, body: role };
  }
  const found = world.store.get(resource.id);
  if (found === undefined) return absent(world, resource);
  const headers = { ETag: found.etag, ...(isPoll ? retryAfterHeader(running) : {}) };
  return { status: 200, headers, body: world.store.view(found) };
}

/** HEAD of a resource: 204 when it is there. */
export function headResource(world: World, resource: ResourceId): Answer {
  return { status: world.store.get(resource.id) === undefined ? 404 : 204 };
}

function absent(world: World, resource: ResourceId): Answer {
  const group = `/subscriptions/${resource.subscription ?? ""}/resourceGroups/${resource.group ?? ""}`;
  const groupIsGone = resource.group !== undefined && world.store.get(group) === undefined;
  return groupIsGone ? groupNotFound(resource.group ?? "") : notFound(resource.id, resource.type);
}

/** GET of all resources of a type in a scope or under a parent, in pages. */
export function listCollection(
  world: World,
  call: Call,
  target: Extract<Target, { kind: "collection" }>,
): Answer {
  if (target.type.toLowerCase() === "microsoft.authorization/roledefinitions")
    return rolePage(call);
  const scope = parseResourceId(target.scope);
  if (scope !== undefined && world.store.get(scope.id) === undefined) {
    return parentNotFound(scope.id, `${scope.id}/${target.type}`);
  }
  const found = world.store.ofType(target.type, target.scope);
  const isNested = scope !== undefined && scope.type !== groupType;
  const shown = found.map((r) =>
    isNested || !isPartial(world, r) ? world.store.view(r) : partial(r),
  );
  return page(world, call, shown);
}

function rolePage(call: Call): Answer {
  const filter = call.url.searchParams.get("$filter") ?? "";
  const wanted = /roleName eq '([^']*)'/i.exec(filter)?.[1]?.toLowerCase();
  const value = roleDefinitions().filter((r) => {
    const properties = r["properties"];
    const name = isJsonObject(properties) ? properties["roleName"] : undefined;
    return wanted === undefined || String(name).toLowerCase() === wanted;
  });
  return { status: 200, body: { value } };
}

/** GET of all resources of a group or subscription, always without `properties`, as the front door's index has them. */
export function listAll(world: World, call: Call, scope: string): Answer {
  const type = /resourceType eq '([^']*)'/i.exec(call.url.searchParams.get("$filter") ?? "")?.[1];
  const prefix = `${scope.toLowerCase()}/`;
  const found = world.store.all().filter((r) => {
    const isTopLevel = r.type.split("/").length === 2 && r.type !== groupType && !r.implicit;
    const isWanted = type === undefined || r.type.toLowerCase() === type.toLowerCase();
    return isTopLevel && isWanted && r.id.toLowerCase().startsWith(prefix);
  });
  return page(world, call, found.map(partial));
}

function isPartial(world: World, resource: StoredResource): boolean {
  const { partialLists } = world.settings;
  if (typeof partialLists === "boolean") return partialLists;
  return new RegExp(partialLists, "i").test(resource.type);
}

function partial(resource: StoredResource): JsonObject {
  const { properties: _left, etag: _etag, ...shown } = resource.body;
  return shown;
}

function page(world: World, call: Call, all: readonly JsonObject[]): Answer {
  const asked = Number(call.url.searchParams.get("$top") ?? Number.NaN);
  const size = asked > 0 ? Math.min(asked, world.settings.pageSize) : world.settings.pageSize;
  const token = call.url.searchParams.get("$skiptoken");
  const from = token === null ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(from) || from < 0) {
    return armError(400, "InvalidSkipToken", "The skip token of the request is not valid.");
  }
  const value = all.slice(from, from + size);
  if (from + size >= all.length) return { status: 200, body: { value } };
  const next = new URL(`${call.base}${call.url.pathname}${call.url.search}`);
  next.searchParams.set("$skiptoken", Buffer.from(String(from + size)).toString("base64url"));
  return { status: 200, body: { value, nextLink: next.href } };
}
