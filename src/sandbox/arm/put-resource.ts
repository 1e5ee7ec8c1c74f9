import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { armError } from "./arm-error.ts";
import { checkPut } from "./check-put.ts";
import { mergeOver, propertiesOf, withoutNulls } from "./merge-json.ts";
import { parseResourceId, type ResourceId } from "./parse-target.ts";
import { embeddedChildren, type StoredResource } from "./resource-store.ts";
import { lroFor, typeRule } from "./resource-types.ts";
import { serverFields } from "./server-defaults.ts";
import { operationHeaders, startOperation } from "./start-operation.ts";
import type { Answer, Fault } from "./types.ts";
import { type Call, normalLocation, removeResource, retagged, text, type World } from "./world.ts";

/** PUT of a resource: checks, the stored body, its children, and the first answer of its operation. */
export function putResource(
  world: World,
  call: Call,
  resource: ResourceId,
  request: JsonObject,
  failing: Fault | undefined,
): Answer {
  const refusal = checkPut(world, call, resource, request);
  if (refusal !== undefined) return refusal;
  const existing = world.store.get(resource.id);
  const identity = withIdentity(world, call, request, existing?.body);
  if (identity.kind === "refused") return identity.answer;
  world.statistics.put(resource.id, world.clock.now());
  const lro = lroFor(resource.type, "PUT", world.settings.durations);
  const atOnce = lro.shape === "none" || lro.shape === "relative";
  const immediate = atOnce && failing?.lro === undefined;
  rememberOld(world, existing, resource.id);
  const state = immediate ? "Succeeded" : existing === undefined ? "Creating" : "Updating";
  const stored = storeBody(world, call, resource, identity.body, state);
  storeChildren(world, call, stored, identity.body);
  const operation = immediate
    ? undefined
    : startOperation(world, stored, "PUT", atOnce ? { ...lro, shape: "async" } : lro, failing);
  return firstAnswer(
    world,
    call,
    stored,
    request,
    existing === undefined || existing.implicit,
    operation,
    lro.shape,
  );
}

function firstAnswer(
  world: World,
  call: Call,
  stored: StoredResource,
  request: JsonObject,
  isNew: boolean,
  operation: ReturnType<typeof startOperation> | undefined,
  shape: string,
): Answer {
  const accepted = operation?.shape === "location" || operation?.shape === "both";
  const rule = typeRule(stored.type);
  const headers: Record<string, string> =
    operation === undefined ? {} : operationHeaders(operation, call);
  if (shape === "relative" && isNew) headers["Location"] = stored.id;
  if (operation?.shape === "location") return { status: 202, headers };
  if (accepted) {
    const startTime = new Date(world.clock.now()).toISOString();
    return { status: 202, headers, body: { operation: "UpsertManagementOperation", startTime } };
  }
  const body = rule.echoesRequest === true ? request : world.store.view(stored);
  return { status: isNew && rule.noDelete !== true ? 201 : 200, headers, body };
}

function rememberOld(world: World, existing: StoredResource | undefined, id: string): void {
  const { staleGetMs } = world.settings;
  if (staleGetMs <= 0) return;
  const body = existing === undefined ? undefined : world.store.view(existing);
  world.stale.set(id.toLowerCase(), { body, until: world.clock.now() + staleGetMs });
}

/** Builds the stored body of a resource out of a request and keeps it. */
export function storeBody(
  world: World,
  call: Call,
  resource: ResourceId,
  request: JsonObject,
  state: string,
): StoredResource {
  const rule = typeRule(resource.type);
  const existing = world.store.get(resource.id);
  const id = existing?.id ?? shownId(resource.id, rule.lowerCaseGroups === true);
  const clean = ownFields(withoutNulls(request), resource.type, rule.writeOnly ?? []);
  const location = normalLocation(text(clean["location"])) || text(existing?.body["location"]);
  const fields = serverFields[resource.type.toLowerCase()];
  const facts = {
    id,
    name: resource.name,
    parent: resource.parent,
    location,
    previous: existing?.body,
    body: clean,
    tenant: call.tenant,
    principal: call.principal,
    now: new Date(world.clock.now()).toISOString(),
    uuid: () => world.random.uuid(),
    done: state === "Succeeded",
  };
  let body = mergeOver(fields?.defaults?.(facts) ?? {}, clean);
  body = mergeOver(body, fields?.computed?.({ ...facts, body }) ?? {});
  if (rule.stateless !== true) body = mergeOver(body, { properties: { provisioningState: state } });
  if (location !== "") body = { ...body, location };
  body = {
    ...body,
    id,
    name: existing === undefined ? resource.name : text(existing.body["name"]),
    type: resource.type,
  };
  const stored = retagged(
    { id, type: resource.type, body, etag: "", implicit: false, deleting: false },
    world,
  );
  world.store.set(stored);
  return stored;
}

/** The request without what only the server says, and without what is not shown in the resource's own body. */
function ownFields(request: JsonObject, type: string, writeOnly: readonly string[]): JsonObject {
  const { id: _id, type: _type, etag: _etag, systemData: _systemData, ...rest } = request;
  const properties: JsonObject = { ...propertiesOf(request) };
  const embedded = embeddedChildren[type.toLowerCase()];
  for (const name of ["provisioningState", ...writeOnly, ...(embedded ? [embedded] : [])]) {
    delete properties[name];
  }
  return isJsonObject(request["properties"]) ? { ...rest, properties } : rest;
}

function shownId(id: string, lowerCaseGroups: boolean): string {
  return lowerCaseGroups ? id.replace("/resourceGroups/", "/resourcegroups/") : id;
}

/** A parent's PUT decides its embedded children; the first PUT brings the implicit ones. */
function storeChildren(
  world: World,
  call: Call,
  parent: StoredResource,
  request: JsonObject,
): void {
  for (const path of typeRule(parent.type).implicitChildren ?? []) {
    const child = childId(parent, path);
    if (child === undefined || world.store.get(child.id) !== undefined) continue;
    world.store.set({ ...storeBody(world, call, child, {}, "Succeeded"), implicit: true });
  }
  const field = embeddedChildren[parent.type.toLowerCase()];
  if (field === undefined) return;
  const given = propertiesOf(withoutNulls(request))[field];
  const wanted = (Array.isArray(given) ? given : []).filter(isJsonObject);
  const names = new Set(wanted.map((c) => text(c["name"]).toLowerCase()));
  for (const child of world.store.children(parent.id, `${parent.type}/${field}`)) {
    if (names.has(text(child.body["name"]).toLowerCase())) continue;
    removeResource(world, child.id);
    world.statistics.event("childrenLost");
  }
  for (const each of wanted) storeEmbedded(world, call, parent, field, each);
}

function storeEmbedded(
  world: World,
  call: Call,
  parent: StoredResource,
  field: string,
  child: JsonObject,
): void {
  const resource = childId(parent, `${field}/${text(child["name"])}`);
  if (resource === undefined) return;
  const state = propertiesOf(world.store.get(resource.id)?.body)["provisioningState"];
  storeBody(world, call, resource, child, text(state) || "Succeeded");
}

function childId(parent: StoredResource, path: string): ResourceId | undefined {
  return parseResourceId(`${parent.id}/${path}`);
}

type Identity =
  | { readonly kind: "ok"; readonly body: JsonObject }
  | { readonly kind: "refused"; readonly answer: Answer };

/** Fills in principals of managed identities; a user-assigned one that does not exist refuses the PUT. */
function withIdentity(
  world: World,
  call: Call,
  request: JsonObject,
  previous: JsonObject | undefined,
): Identity {
  const identity = request["identity"];
  if (!isJsonObject(identity)) return { kind: "ok", body: request };
  const filled: JsonObject = { ...identity };
  if (/systemassigned/i.test(text(identity["type"]))) {
    const old = previous?.["identity"];
    filled["principalId"] =
      (isJsonObject(old) ? old["principalId"] : undefined) ?? world.random.uuid();
    filled["tenantId"] = call.tenant;
  }
  const assigned: Record<string, JsonValue> = {};
  const given = identity["userAssignedIdentities"];
  for (const id of Object.keys(isJsonObject(given) ? given : {})) {
    const found = world.store.get(id);
    if (found === undefined) {
      const message = `Failed to perform resource identity operation: resource '${id}' was not found.`;
      return { kind: "refused", answer: armError(400, "FailedIdentityOperation", message) };
    }
    const { principalId = "", clientId = "" } = propertiesOf(found.body);
    assigned[id] = { principalId, clientId };
  }
  if (isJsonObject(given)) filled["userAssignedIdentities"] = assigned;
  return { kind: "ok", body: { ...request, identity: filled } };
}
