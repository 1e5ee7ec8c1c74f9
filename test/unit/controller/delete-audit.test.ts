import { describe, expect, test } from "vitest";
import { annotations, pollerIds } from "../../../src/core/resource/names.ts";
import { armError } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { aCredential } from "../../doubles/in-memory-tokens.ts";
import {
  groupId,
  identity,
  identityId,
  refOf,
  resourceGroup,
  subnet,
  virtualNetwork,
} from "./samples.ts";
import { hour, World, type WorldOptions } from "./world.ts";

/** aso-semantics.md 9 and aso-features.md 12, statement by statement, as far as delete.test.ts does not tell them. */
async function settled(
  options: WorldOptions = {},
  ...more: readonly NewResource[]
): Promise<World> {
  const world = await World.create(options);
  const resources = [resourceGroup(), identity(), ...more];
  world.apply(...resources);
  await world.run();
  await world.advance(60_000);
  for (const one of resources) expect(world.ready(one)?.status).toBe("True");
  return world;
}

const response = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  ({ kind: "response", status, headers, text: "" }) as const;

describe("a DELETE", () => {
  test.each([200, 204, 404])("that is answered by %i is finished", async (status) => {
    const world = await settled();
    world.arm.inner.answerNext({ method: "DELETE" }, response(status));
    world.cluster.delete(refOf(identity()));
    await world.run();
    expect(world.get(identity())).toBeUndefined();
    expect(world.calls("DELETE", identityId)).toHaveLength(1);
  });

  test.each([
    [400, "BadRequest"],
    [403, "AuthorizationFailed"],
    [409, "Conflict"],
    [412, "PreconditionFailed"],
    [500, "InternalServerError"],
  ])(
    "that is refused by %i %s is a Warning, told, and tried until it works",
    async (status, code) => {
      const world = await settled();
      world.arm.inner.answerNext({ method: "DELETE" }, armError(status, code, "no"));
      world.cluster.delete(refOf(identity()));
      await world.run();
      expect(world.ready(identity())).toMatchObject({ reason: code, severity: "Warning" });
      expect(world.events()).toContainEqual(
        expect.stringContaining("Warning DeleteActionError mi"),
      );
      await world.advance(3 * hour);
      expect(world.get(identity())).toBeUndefined();
      expect(world.calls("DELETE", identityId)).toHaveLength(2);
    },
  );

  test("that is throttled comes back no earlier than Azure says", async () => {
    const world = await settled();
    const throttled = response(429, { "retry-after": "500" });
    world.arm.inner.answerNext({ method: "DELETE" }, throttled);
    world.cluster.delete(refOf(identity()));
    await world.advance(499_000);
    expect(world.calls("DELETE", identityId)).toHaveLength(1);
    await world.advance(60_000);
    expect(world.get(identity())).toBeUndefined();
  });

  test("is sent although a GET fails", async () => {
    const world = await settled();
    const failing = armError(500, "InternalServerError", "no");
    world.arm.inner.answerNext({ method: "GET", path: /userAssignedIdentities/i }, failing);
    world.cluster.delete(refOf(identity()));
    await world.run();
    expect(world.get(identity())).toBeUndefined();
    expect(world.calls("DELETE", identityId)).toHaveLength(1);
  });

  test("that a lock forbids tells of the lock, and goes on when it is gone: in time, or at once when asked", async () => {
    const world = await settled();
    const locked = armError(409, "ScopeLocked", "the scope is locked by /locks/keep");
    for (let n = 0; n < 2; n++) world.arm.inner.answerNext({ method: "DELETE" }, locked);
    world.cluster.delete(refOf(identity()));
    await world.advance(hour / 2);
    expect(world.ready(identity())).toMatchObject({ reason: "ScopeLocked", severity: "Warning" });
    expect(world.ready(identity())?.message).toContain("/locks/keep");
    expect(world.calls("DELETE", identityId)).toHaveLength(1);
    await world.advance(hour);
    expect(world.calls("DELETE", identityId)).toHaveLength(2);
    world.edit(identity(), { metadata: { annotations: { [annotations.reconcileAt]: "now" } } });
    await world.run();
    expect(world.get(identity())).toBeUndefined();
  });
});

describe("a deletion", () => {
  test("without an id in Azure asks nothing and is finished", async () => {
    const world = await settled();
    world.edit(identity(), { metadata: { annotations: { [annotations.resourceId]: null } } });
    world.cluster.delete(refOf(identity()));
    world.loseLedger();
    const calls = world.since();
    await world.run();
    expect(world.get(identity())).toBeUndefined();
    expect(calls().filter(({ path }) => path === identityId)).toEqual([]);
  });

  test("by a credential for another subscription is an Error that names both, and heals", async () => {
    const world = await settled();
    const elsewhere = aCredential({ source: "global", subscriptionId: "another-subscription" });
    const { globalCredential } = world.engine.settings;
    world.engine = {
      ...world.engine,
      settings: { ...world.engine.settings, globalCredential: elsewhere },
    };
    world.cluster.delete(refOf(identity()));
    await world.run();
    expect(world.ready(identity())).toMatchObject({
      reason: "SubscriptionMismatch",
      severity: "Error",
    });
    expect(world.ready(identity())?.message).toContain("another-subscription");
    expect(world.calls("DELETE")).toEqual([]);
    world.engine = { ...world.engine, settings: { ...world.engine.settings, globalCredential } };
    await world.advance(hour);
    expect(world.get(identity())).toBeUndefined();
  });

  test("does not wait for a creation that still runs, and ends after it", async () => {
    const running = { put: { via: "asyncOperation", polls: 3, retryAfterSeconds: 30 } } as const;
    const world = await World.create({
      operations: { "Microsoft.Network/virtualNetworks": running },
    });
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeId)).toBe(pollerIds.create);
    const busy = armError(409, "AnotherOperationInProgress", "busy");
    world.arm.inner.answerNext({ method: "DELETE" }, busy);
    world.cluster.delete(refOf(virtualNetwork()));
    await world.run();
    expect(world.calls("DELETE")).toHaveLength(1);
    expect(world.get(virtualNetwork())).toBeDefined();
    await world.advance(600_000);
    expect(world.get(virtualNetwork())).toBeUndefined();
    expect(
      world.arm.resource(`${groupId}/providers/Microsoft.Network/virtualNetworks/vnet`),
    ).toBeUndefined();
  });

  test("whose operation Azure has forgotten is finished when the resource is gone", async () => {
    const via = { via: "location", polls: 5, retryAfterSeconds: 10 } as const;
    const world = await settled({
      operations: { "Microsoft.ManagedIdentity/userAssignedIdentities": { delete: via } },
    });
    world.cluster.delete(refOf(identity()));
    await world.run();
    expect(world.annotation(identity(), annotations.pollerResumeId)).toBe(pollerIds.delete);
    world.arm.inner.remove(identityId);
    const forgotten = armError(404, "OperationNotFound", "never heard of it");
    world.arm.inner.answerNext({ method: "GET" }, forgotten);
    await world.advance(300_000);
    expect(world.get(identity())).toBeUndefined();
    expect(world.calls("DELETE", identityId)).toHaveLength(1);
  });

  test("of another operator's resource is that operator's", async () => {
    const world = await settled();
    world.edit(identity(), {
      metadata: { annotations: { [annotations.operatorNamespace]: "azureserviceoperator-system" } },
    });
    world.cluster.delete(refOf(identity()));
    await world.advance(2 * hour);
    expect(world.get(identity())).toBeDefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("never takes the short cut of an owner that is being deleted as well: Azure is asked for each", async () => {
    const world = await settled({}, virtualNetwork(), subnet());
    world.arm.inner.answerNext(
      { method: "DELETE", path: /rg$/ },
      armError(409, "Conflict", "busy"),
    );
    world.cluster.delete(refOf(resourceGroup()));
    world.cluster.delete(refOf(subnet()));
    await world.run();
    expect(world.get(subnet())).toBeUndefined();
    expect(world.calls("DELETE", /subnets/)).toHaveLength(1);
  });
});

describe("kinds that need more than a DELETE", () => {
  const subscriptionMade = "00000000-0000-0000-0000-0000000000aa";
  const cancel = `/subscriptions/${subscriptionMade}/providers/Microsoft.Subscription/cancel`;
  const aliasId = "/providers/Microsoft.Subscription/aliases/made";
  const alias: NewResource = {
    apiVersion: "subscription.azure.com/v1api20211001",
    kind: "Alias",
    metadata: { name: "made", namespace: "team" },
    spec: { properties: { workload: "Production", displayName: "made", billingScope: "/b" } },
  };

  async function withAlias(): Promise<World> {
    const world = await World.create({ kinds: { "subscription.azure.com": ["Alias"] } });
    world.apply(alias);
    await world.run();
    world.arm.inner.mutate(aliasId, { properties: { subscriptionId: subscriptionMade } });
    world.cluster.delete(refOf(alias));
    return world;
  }

  test("an Alias cancels its subscription first, by what Azure says and not by what the status says", async () => {
    const world = await withAlias();
    world.edit(alias, {
      status: { properties: { subscriptionId: "00000000-0000-0000-0000-0000000000bb" } },
    });
    world.arm.inner.answerNext({ method: "POST" }, response(200));
    await world.run();
    expect(world.get(alias)).toBeUndefined();
    expect(world.calls("POST").map(({ path }) => path)).toEqual([cancel]);
    const order = world.arm.inner.calls
      .map(({ method }) => method)
      .filter((method) => method !== "GET");
    expect(order).toEqual(["PUT", "POST", "DELETE"]);
  });

  test("an Alias stays while its subscription cannot be cancelled", async () => {
    const world = await withAlias();
    world.arm.inner.answerNext({ method: "POST" }, armError(409, "Conflict", "not now"));
    await world.run();
    expect(world.ready(alias)).toMatchObject({ reason: "Conflict", severity: "Warning" });
    expect(world.calls("DELETE")).toEqual([]);
    world.arm.inner.answerNext({ method: "POST" }, response(200));
    await world.advance(300_000);
    expect(world.get(alias)).toBeUndefined();
  });

  test("an Alias that cannot be read is not deleted: its subscription would be lost sight of", async () => {
    const world = await withAlias();
    const failing = armError(500, "InternalServerError", "no");
    world.arm.inner.answerNext({ method: "GET", path: /aliases/ }, failing);
    await world.run();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.ready(alias)?.message).toContain("Nothing was deleted");
    world.arm.inner.answerNext({ method: "POST" }, response(200));
    await world.advance(300_000);
    expect(world.get(alias)).toBeUndefined();
  });

  test("a Product takes its subscriptions along", async () => {
    const service: NewResource = {
      apiVersion: "apimanagement.azure.com/v1api20220801",
      kind: "Service",
      metadata: { name: "api", namespace: "team" },
      spec: {
        owner: { name: "rg" },
        location: "westus3",
        publisherEmail: "a@b.example",
        publisherName: "a",
        sku: { name: "Developer", capacity: 1 },
      },
    };
    const product: NewResource = {
      apiVersion: "apimanagement.azure.com/v1api20220801",
      kind: "Product",
      metadata: { name: "gold", namespace: "team" },
      spec: { owner: { name: "api" }, displayName: "Gold" },
    };
    const kinds = { "apimanagement.azure.com": ["Service", "Product"] };
    const world = await settled({ kinds }, service, product);
    world.cluster.delete(refOf(product));
    await world.run();
    expect(world.get(product)).toBeUndefined();
    expect(world.calls("DELETE").map(({ url }) => url)).toEqual([
      expect.stringMatching(/\/products\/gold\?api-version=[^&]+&deleteSubscriptions=true$/),
    ]);
  });
});
