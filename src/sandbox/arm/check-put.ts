import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { armError, parentNotFound } from "./arm-error.ts";
import { propertiesOf } from "./merge-json.ts";
import { groupType, parseResourceId, type ResourceId } from "./parse-target.ts";
import { typeRule } from "./resource-types.ts";
import type { Answer } from "./types.ts";
import { type Call, normalLocation, text, type World } from "./world.ts";

/** Every reason to refuse a PUT before anything is stored, in the order in which ARM finds them. */
export function checkPut(
  world: World,
  call: Call,
  resource: ResourceId,
  body: JsonObject,
): Answer | undefined {
  return (
    checkName(resource, body) ??
    checkRegistration(world, resource) ??
    checkParent(world, resource) ??
    checkLocation(world, resource, body) ??
    checkBusy(world, call, resource) ??
    checkReferences(world, resource, body) ??
    checkAssignment(world, resource, body)
  );
}

function checkName(resource: ResourceId, body: JsonObject): Answer | undefined {
  const { name, type } = resource;
  const rule = typeRule(type).name;
  if (rule !== undefined && !rule.pattern.test(name)) {
    return armError(400, rule.code, `Resource name ${name} is invalid. ${rule.words}`);
  }
  if (/[<>%&\\?#/]/.test(name) || name.length > 260 || /[. ]$/.test(name)) {
    const words =
      "The name contains characters that are not allowed: < > % & \\ ? # / or a trailing period or space.";
    return armError(400, "InvalidResourceName", `Resource name ${name} is invalid. ${words}`);
  }
  const given = body["name"];
  if (typeof given !== "string" || given.toLowerCase() === name.toLowerCase()) return undefined;
  return armError(
    400,
    "InvalidRequestContent",
    `The request content was invalid: the name '${given}' in the body does not match the name '${name}' in the URL.`,
  );
}

/** 409 while the provider is not registered in the subscription. */
export function checkRegistration(world: World, resource: ResourceId): Answer | undefined {
  const namespace = resource.type.split("/")[0] ?? "";
  const needed = world.settings.unregistered.some(
    (n) => n.toLowerCase() === namespace.toLowerCase(),
  );
  const key = `${resource.subscription ?? ""}/${namespace}`.toLowerCase();
  if (!needed || world.registered.has(key)) return undefined;
  const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
  return armError(409, "MissingSubscriptionRegistration", message, {
    details: [{ code: "MissingSubscriptionRegistration", target: namespace, message }],
  });
}

/** 404 without the container, 409 while the group is being deleted. */
function checkParent(world: World, resource: ResourceId): Answer | undefined {
  const { group, parent, id, type } = resource;
  const own = type === groupType ? world.store.get(id) : undefined;
  const groupId = `/subscriptions/${resource.subscription ?? ""}/resourceGroups/${group ?? ""}`;
  const container = group === undefined ? undefined : world.store.get(groupId);
  if (group !== undefined && type !== groupType && container === undefined)
    return parentNotFound(groupId, id);
  if ((own ?? container)?.deleting === true) {
    const message = `The resource group '${group ?? ""}' is in deprovisioning state and cannot perform this operation.`;
    return armError(409, "ResourceGroupBeingDeleted", message);
  }
  const needsParent = parseResourceId(parent) !== undefined;
  return needsParent && world.store.get(parent) === undefined
    ? parentNotFound(parent, id)
    : undefined;
}

function checkLocation(world: World, resource: ResourceId, body: JsonObject): Answer | undefined {
  if (typeRule(resource.type).located !== true) return undefined;
  const given = text(body["location"]);
  if (given.trim() === "") {
    return armError(
      400,
      "LocationRequired",
      "The location property is required for this definition.",
    );
  }
  const existing = text(world.store.get(resource.id)?.body["location"]);
  const wanted = normalLocation(given);
  if (existing === "" || existing === wanted) return undefined;
  const isGroup = resource.type === groupType;
  const what = isGroup ? `resource group '${resource.name}'` : `resource '${resource.name}'`;
  return armError(
    409,
    isGroup ? "InvalidResourceGroupLocation" : "InvalidResourceLocation",
    `The ${what} already exists in location '${existing}'; the same name cannot be created in location '${wanted}'.`,
  );
}

/** 409 while an operation runs on the resource, where the setting asks for it. */
export function checkBusy(world: World, call: Call, resource: ResourceId): Answer | undefined {
  const existing = world.store.get(resource.id);
  if (existing?.deleting === true) {
    return armError(409, "Conflict", `The resource '${resource.id}' is being deleted.`);
  }
  if (!world.settings.rejectWhileBusy) return undefined;
  const running =
    world.operations.runningOn(resource.id) ?? world.operations.runningOn(resource.parent);
  if (running === undefined) return undefined;
  const uri = `${call.base}/subscriptions/${resource.subscription ?? ""}/operations/${running.id}`;
  return armError(
    409,
    "AnotherOperationInProgress",
    `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${uri}.`,
  );
}

/** The network provider looks up what a body refers to. */
function checkReferences(world: World, resource: ResourceId, body: JsonObject): Answer | undefined {
  if (!/^microsoft\.network\//i.test(resource.type)) return undefined;
  const missing = [...referencedIds(propertiesOf(body))].find((id) =>
    isMissing(world, resource, id),
  );
  if (missing === undefined) return undefined;
  return armError(
    400,
    "InvalidResourceReference",
    `Resource ${missing} referenced by resource ${resource.id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );
}

function isMissing(world: World, resource: ResourceId, id: string): boolean {
  const parsed = parseResourceId(id);
  if (parsed === undefined || id.toLowerCase().startsWith(`${resource.id.toLowerCase()}/`))
    return false;
  if (Object.keys(typeRule(parsed.type)).length > 0) return world.store.get(id) === undefined;
  const root = /^(.*\/providers\/[^/]+\/[^/]+\/[^/]+)/i.exec(id)?.[1] ?? id;
  return world.store.get(root) === undefined;
}

function* referencedIds(value: JsonValue): Generator<string> {
  if (Array.isArray(value)) {
    for (const each of value) yield* referencedIds(each);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (key === "id" && typeof member === "string" && member.startsWith("/subscriptions/"))
        yield member;
      else yield* referencedIds(member);
    }
  }
}

/** A second assignment of the same role to the same principal at the same scope is refused. */
function checkAssignment(world: World, resource: ResourceId, body: JsonObject): Answer | undefined {
  if (resource.type.toLowerCase() !== "microsoft.authorization/roleassignments") return undefined;
  const { principalId, roleDefinitionId } = propertiesOf(body);
  if (!/^[0-9a-f-]{32,36}$/i.test(text(principalId))) {
    return armError(
      400,
      "InvalidPrincipalId",
      `The Principal ID '${text(principalId)}' is not valid. Principal ID must be a GUID.`,
    );
  }
  const twin = world.store.children(resource.parent, resource.type).some((other) => {
    const theirs = propertiesOf(other.body);
    return (
      other.id.toLowerCase() !== resource.id.toLowerCase() &&
      theirs["principalId"] === principalId &&
      text(theirs["roleDefinitionId"]).toLowerCase() === text(roleDefinitionId).toLowerCase()
    );
  });
  return twin
    ? armError(409, "RoleAssignmentExists", "The role assignment already exists.")
    : undefined;
}
