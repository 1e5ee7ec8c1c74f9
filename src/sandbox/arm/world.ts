import type { JsonObject } from "../../core/json.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import { azureLimits, Budgets } from "./budgets.ts";
import { Faults } from "./faults.ts";
import { mergeOver, propertiesOf } from "./merge-json.ts";
import { type Operation, Operations } from "./operations.ts";
import { parseResourceId } from "./parse-target.ts";
import { ResourceStore, type StoredResource } from "./resource-store.ts";
import { typeRule } from "./resource-types.ts";
import { serverFields } from "./server-defaults.ts";
import { Statistics } from "./statistics.ts";
import type { ArmSettings, SettingsPatch } from "./types.ts";

/** Everything the embedded ARM holds. Rules get it as argument; sockets and timers are elsewhere. */
export type World = {
  readonly clock: Clock;
  readonly random: Random;
  settings: ArmSettings;
  readonly store: ResourceStore;
  readonly operations: Operations;
  readonly statistics: Statistics;
  readonly faults: Faults;
  readonly budgets: Budgets;
  /** Provider namespaces registered by request, `subscription/namespace` in lower case. */
  readonly registered: Set<string>;
  /** How often a key was regenerated, by lower-case `id|key`. */
  readonly keyGenerations: Map<string, number>;
  /** What a stale GET still shows, by lower-case id; `body` undefined: nothing was there. */
  readonly stale: Map<string, { readonly body: JsonObject | undefined; readonly until: number }>;
};

/** Who asks, and how the server is called in URLs of answers. */
export type Call = {
  readonly url: URL;
  readonly base: string;
  readonly principal: string;
  readonly tenant: string;
};

const defaults: ArmSettings = {
  subscriptions: ["00000000-0000-0000-0000-000000000001"],
  latencyMs: 0,
  durations: [],
  partialLists: false,
  pageSize: 100,
  staleGetMs: 0,
  throttle: false,
  unregistered: [],
  rejectWhileBusy: false,
  faultRate: 0,
  expectedDeletes: "",
  tenants: [],
  clientSecrets: {},
};

/** An empty world. */
export function createWorld(clock: Clock, random: Random, settings: SettingsPatch = {}): World {
  return {
    clock,
    random,
    settings: changedSettings(defaults, settings),
    store: new ResourceStore(),
    operations: new Operations(),
    statistics: new Statistics(clock.now()),
    faults: new Faults(),
    budgets: new Budgets(),
    registered: new Set(),
    keyGenerations: new Map(),
    stale: new Map(),
  };
}

/** The settings after a patch; absent and undefined members stay as they are. */
export function changedSettings(settings: ArmSettings, patch: SettingsPatch): ArmSettings {
  const { throttle, ...rest } = patch;
  const given = Object.fromEntries(
    Object.entries(rest).filter(([key, value]) => value !== undefined && key in settings),
  );
  const limits = throttle === true ? azureLimits : (throttle ?? settings.throttle);
  return { ...settings, ...given, throttle: limits };
}

/** Ends the operations whose time has come; every request starts with it. */
export function settle(world: World): void {
  for (const operation of world.operations.due(world.clock.now())) finish(world, operation);
}

function finish(world: World, operation: Operation): void {
  const resource = world.store.get(operation.resource);
  if (resource === undefined) return;
  if (operation.method === "PUT") {
    world.store.set(withState(world, resource, operation.state));
  } else if (operation.state === "Succeeded") {
    removeResource(world, resource.id);
  } else {
    world.store.set({ ...withState(world, resource, operation.state), deleting: false });
  }
}

/** Deletes a resource with its children, and ends what runs on them. */
export function removeResource(world: World, id: string): readonly string[] {
  const gone = world.store.remove(id);
  for (const each of gone) world.operations.forget(each);
  return gone;
}

/** The resource in a provisioning state, with the fields its provider computes for that state. */
export function withState(world: World, resource: StoredResource, state: string): StoredResource {
  const rule = typeRule(resource.type);
  const computed = serverFields[resource.type.toLowerCase()]?.computed;
  const parsed = parseResourceId(resource.id);
  let body = resource.body;
  if (computed !== undefined && state === "Succeeded") {
    body = mergeOver(
      body,
      computed({
        id: resource.id,
        name: parsed?.name ?? "",
        parent: parsed?.parent ?? "",
        location: text(body["location"]),
        previous: body,
        body,
        tenant: text(propertiesOf(body)["tenantId"]),
        principal: text(propertiesOf(body)["updatedBy"]),
        now: new Date(world.clock.now()).toISOString(),
        uuid: () => world.random.uuid(),
        done: true,
      }),
    );
  }
  if (rule.stateless !== true) body = mergeOver(body, { properties: { provisioningState: state } });
  return retagged({ ...resource, body }, world);
}

/** The resource with a new etag, shown in the body where the provider does so. */
export function retagged(resource: StoredResource, world: World): StoredResource {
  const etag = `W/"${world.random.uuid()}"`;
  const shown = /^microsoft\.network\//i.test(resource.type);
  return { ...resource, etag, body: shown ? { ...resource.body, etag } : resource.body };
}

/** A JSON text, or empty. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** ARM's own spelling of a region: `West US 2` is `westus2`. */
export function normalLocation(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
}
