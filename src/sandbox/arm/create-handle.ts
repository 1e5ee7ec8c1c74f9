import type { JsonObject } from "../../core/json.ts";
import { issueToken } from "./access-token.ts";
import { mergePatch } from "./merge-json.ts";
import { parseResourceId } from "./parse-target.ts";
import { storeBody } from "./put-resource.ts";
import { restoreSnapshot, takeSnapshot } from "./snapshot.ts";
import type { ArmHandle } from "./types.ts";
import {
  type Call,
  changedSettings,
  removeResource,
  retagged,
  settle,
  type World,
} from "./world.ts";

/** What the servers contribute to the handle. */
type ServerSide = {
  readonly header: string;
  readonly identityPath: string;
  urls(): { readonly secure: number; readonly plain: number };
  stop(): Promise<void>;
};

const someTenant = "00000000-0000-0000-0000-000000000002";

/** The handle of a world: what tests and the sandbox use without HTTP. */
export function createHandle(world: World, side: ServerSide): ArmHandle {
  const url = (): string => `https://localhost:${side.urls().secure}`;
  const controlUrl = (): string => `http://127.0.0.1:${side.urls().plain}`;
  return {
    get url() {
      return url();
    },
    get controlUrl() {
      return controlUrl();
    },
    get identity() {
      return { endpoint: `${controlUrl()}${side.identityPath}`, header: side.header };
    },
    snapshot: () => takeSnapshot(world),
    restore: (snapshot) => restoreSnapshot(world, snapshot),
    stop: () => side.stop(),
    stats: () => statsOf(world),
    journal: (since = 0) => world.statistics.journal(since),
    inject: (fault) => world.faults.add(fault),
    clearFaults: () => world.faults.clear(),
    mutate: (id, patch) => mutate(world, id, patch),
    put: (id, body) => putUnasked(world, url(), id, body),
    remove: (id) => {
      settle(world);
      return removeResource(world, id).length > 0;
    },
    resource: (id) => {
      settle(world);
      const found = world.store.get(id);
      return found === undefined ? undefined : world.store.view(found);
    },
    token: (client = "sandbox") => {
      const now = world.clock.now();
      const expires = Math.floor(now / 1000) + 86_399;
      return issueToken(
        { client, tenant: world.settings.tenants[0] ?? someTenant, audience: url(), expires },
        now,
      );
    },
    settings: () => world.settings,
    set: (patch) => {
      world.settings = changedSettings(world.settings, patch);
      if (patch.throttle !== undefined) world.budgets.clear();
    },
    reset: () => world.statistics.reset(world.clock.now()),
  };
}

function statsOf(world: World): ReturnType<ArmHandle["stats"]> {
  settle(world);
  return world.statistics.stats({
    stored: world.store.all().filter((r) => !r.implicit).length,
    running: world.operations.running,
    maxPolls: world.operations.maxPolls(),
  });
}

function mutate(world: World, id: string, patch: JsonObject): JsonObject | undefined {
  settle(world);
  const found = world.store.get(id);
  if (found === undefined) return undefined;
  const changed = retagged({ ...found, body: mergePatch(found.body, patch) }, world);
  world.store.set(changed);
  return world.store.view(changed);
}

/** Throws TypeError when the id is no resource id. */
function putUnasked(world: World, base: string, id: string, body: JsonObject): void {
  settle(world);
  const resource = parseResourceId(id);
  if (resource === undefined) throw new TypeError(`Not a resource id: '${id}'.`);
  const call: Call = { url: new URL(base), base, principal: "somebody-else", tenant: someTenant };
  storeBody(world, call, resource, body, "Succeeded");
}
