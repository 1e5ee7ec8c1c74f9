import { createHash } from "node:crypto";
import type { JsonObject } from "../../core/json.ts";
import { armError, notFound } from "./arm-error.ts";
import { propertiesOf } from "./merge-json.ts";
import type { ResourceId, Target } from "./parse-target.ts";
import type { Answer } from "./types.ts";
import { text, type World } from "./world.ts";

/** POST of an action on a resource: every `list…` answers keys, `regenerateKey` makes new ones; others are unknown. */
export function runAction(
  world: World,
  resource: ResourceId,
  action: string,
  body: JsonObject,
): Answer {
  const found = world.store.get(resource.id);
  if (found === undefined) return notFound(resource.id, resource.type);
  const name = action.toLowerCase();
  const state = text(propertiesOf(found.body)["provisioningState"]);
  const isStorage = resource.type.toLowerCase() === "microsoft.storage/storageaccounts";
  if (isStorage && state !== "Succeeded") {
    const message =
      "The storage account provisioning state must be 'Succeeded' before executing the operation.";
    return armError(409, "StorageAccountIsNotProvisioned", message);
  }
  if (name === "regeneratekey") {
    const key = `${found.id}|${text(body["keyName"])}`.toLowerCase();
    world.keyGenerations.set(key, (world.keyGenerations.get(key) ?? 0) + 1);
  } else if (!name.startsWith("list")) {
    return armError(
      400,
      "InvalidResourceType",
      `The action '${action}' is not known for '${resource.type}'.`,
    );
  }
  const one = (keyName: string): string => keyOf(world, found.id, keyName);
  const keys = ["key1", "key2"].map(
    (keyName): JsonObject => ({
      keyName,
      value: one(keyName),
      permissions: "FULL",
      creationTime: propertiesOf(found.body)["creationTime"] ?? "2001-02-03T04:05:06Z",
    }),
  );
  return { status: 200, body: isStorage ? { keys } : { ...everyForm(one), keys, value: [] } };
}

/** The member names under which the various providers give out their keys. */
function everyForm(one: (name: string) => string): JsonObject {
  return {
    key1: one("key1"),
    key2: one("key2"),
    primaryKey: one("key1"),
    secondaryKey: one("key2"),
    primaryMasterKey: one("key1"),
    secondaryMasterKey: one("key2"),
    primaryReadonlyMasterKey: one("readonly1"),
    secondaryReadonlyMasterKey: one("readonly2"),
    primaryConnectionString: `Endpoint=sb://sandbox/;SharedAccessKey=${one("key1")}`,
    secondaryConnectionString: `Endpoint=sb://sandbox/;SharedAccessKey=${one("key2")}`,
  };
}

/** Keys are computed, not stored: a snapshot holds no secret. */
function keyOf(world: World, id: string, keyName: string): string {
  const source = `${id}|${keyName}`.toLowerCase();
  const generation = world.keyGenerations.get(source) ?? 0;
  return createHash("sha512").update(`${source}|${generation}`).digest("base64");
}

/** Providers of a subscription: their registration state, and registering. */
export function answerProviders(
  world: World,
  target: Extract<Target, { kind: "providers" }>,
): Answer {
  const { subscription, namespace, action } = target;
  if (namespace === undefined) {
    const value = world.settings.unregistered.map((n) => provider(world, subscription, n));
    return { status: 200, body: { value } };
  }
  const key = `${subscription}/${namespace}`.toLowerCase();
  if (action === "register") world.registered.add(key);
  if (action === "unregister") world.registered.delete(key);
  return { status: 200, body: provider(world, subscription, namespace) };
}

function provider(world: World, subscription: string, namespace: string): JsonObject {
  const needed = world.settings.unregistered.some(
    (n) => n.toLowerCase() === namespace.toLowerCase(),
  );
  const isRegistered =
    !needed || world.registered.has(`${subscription}/${namespace}`.toLowerCase());
  return {
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    registrationPolicy: "RegistrationRequired",
    registrationState: isRegistered ? "Registered" : "NotRegistered",
    resourceTypes: [],
  };
}
