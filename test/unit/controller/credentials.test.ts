import { describe, expect, test } from "vitest";
import { annotations } from "../../../src/core/resource/names.ts";
import { groupId, namespace, refOf, resourceGroup, subscription } from "./samples.ts";
import { hour, World } from "./world.ts";

const otherSubscription = "00000000-0000-0000-0000-0000000000ff";
const keys = (subscriptionId = subscription): Record<string, string> => ({
  AZURE_SUBSCRIPTION_ID: subscriptionId,
  AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000022",
  AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000033",
  AZURE_CLIENT_SECRET: "canary-client-secret",
});
const from = (name: string) =>
  resourceGroup({}, { annotations: { [annotations.credentialFrom]: name } });

describe("a credential", () => {
  test("of the namespace wins over the global one, that of the resource over both", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "aso-credential", keys(otherSubscription));
    world.apply(resourceGroup());
    await world.run();
    const elsewhere = groupId.replace(subscription, otherSubscription);
    expect(world.calls("PUT").map(({ path }) => path)).toEqual([elsewhere]);
    const own = { ...from("own"), metadata: { ...from("own").metadata, name: "rg2" } };
    world.cluster.putSecret(namespace, "own", keys());
    world.apply(own);
    await world.run();
    expect(world.calls("PUT").at(-1)?.path).toBe(`${groupId}2`);
    expect(world.events()).toContainEqual(
      'Normal CredentialFrom rg2: Using credential from "team/own"',
    );
  });

  test("that is named and not there is told, and used as soon as it is", async () => {
    const world = await World.create();
    world.apply(from("own"));
    await world.run();
    expect(world.ready(from("own"))).toMatchObject({ reason: "Failed", severity: "Warning" });
    expect(world.ready(from("own"))?.message).toContain("team/own");
    expect(world.arm.inner.calls).toEqual([]);
    world.cluster.putSecret(namespace, "own", keys());
    await world.run();
    expect(world.ready(from("own"))?.status).toBe("True");
  });

  test("that is malformed never falls through to another, and names the key", async () => {
    const world = await World.create();
    const { AZURE_CLIENT_ID: _client, ...broken } = keys();
    world.cluster.putSecret(namespace, "aso-credential", broken);
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())?.message).toContain("AZURE_CLIENT_ID");
    expect(world.arm.inner.calls).toEqual([]);
    world.cluster.putSecret(namespace, "aso-credential", keys());
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("True");
  });

  test("may not be named in another namespace", async () => {
    const world = await World.create();
    world.apply(from("other/aso-credential"));
    await world.run();
    expect(world.ready(resourceGroup())?.message).toContain("cannot contain '/'");
    expect(world.arm.inner.calls).toEqual([]);
  });

  test("is not looked for under a name that no Secret can have", async () => {
    const world = await World.create();
    const name = "s".repeat(1_500);
    world.cluster.putSecret(namespace, name, keys());
    world.apply(from(name));
    await world.run();
    expect(world.ready(resourceGroup())?.message).toContain("does not exist");
    expect(world.arm.inner.calls).toEqual([]);
  });

  test("for another subscription stops a claimed resource and heals when it is restored", async () => {
    const world = await World.create();
    world.apply(resourceGroup());
    await world.run();
    world.cluster.putSecret(namespace, "aso-credential", keys(otherSubscription));
    world.edit(resourceGroup(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(world.ready(resourceGroup())).toMatchObject({
      reason: "SubscriptionMismatch",
      severity: "Error",
    });
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
    world.cluster.deleteObject("Secret", namespace, "aso-credential");
    await world.advance(hour);
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 2 });
  });

  test("is needed for a deletion, unless the policy lets go", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "own", keys());
    world.apply(from("own"));
    await world.run();
    world.cluster.deleteObject("Secret", namespace, "own");
    world.cluster.delete(refOf(resourceGroup()));
    await world.run();
    expect(world.ready(resourceGroup())?.message).toContain("team/own");
    expect(world.calls("DELETE")).toEqual([]);
    world.cluster.edit(refOf(resourceGroup()), {
      metadata: { annotations: { [annotations.reconcilePolicy]: "detach-on-delete" } },
    });
    await world.run();
    expect(world.get(resourceGroup())).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("shows in no log, event or condition", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "aso-credential", keys());
    world.apply(resourceGroup());
    await world.run();
    const seen = JSON.stringify([world.log, world.events(), world.get(resourceGroup())]);
    expect(seen).not.toContain("canary");
    expect(world.ledger.table.dump()).not.toContain("canary");
  });

  test("that changes its secret only costs no write", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "aso-credential", keys());
    world.apply(resourceGroup());
    await world.run();
    world.cluster.putSecret(namespace, "aso-credential", {
      ...keys(),
      AZURE_CLIENT_SECRET: "canary-rotated",
    });
    await world.advance(2 * hour);
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });
});
