import { describe, expect, test } from "vitest";
import { OperatorError } from "../../../src/core/errors.ts";
import type { ArmCredential } from "../../../src/core/resource/credential.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { Arm } from "../../../src/ports/arm.ts";
import type { Cluster } from "../../../src/ports/cluster.ts";
import { intercept } from "../../doubles/intercept.ts";
import { groupId, namespace, refOf, resourceGroup, subscription } from "./samples.ts";
import { hour, World, type WorldOptions } from "./world.ts";

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

  test("that is rotated signs the next request, in the same process", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "aso-credential", keys());
    world.apply(resourceGroup());
    await world.run();
    const before = world.calls("PUT").at(-1)?.principal;
    world.cluster.putSecret(namespace, "aso-credential", {
      ...keys(),
      AZURE_CLIENT_SECRET: "canary-rotated",
    });
    world.edit(resourceGroup(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(world.calls("PUT")).toHaveLength(2);
    expect(world.calls("PUT").at(-1)?.principal).not.toBe(before);
  });

  test("whose Secret is deleted stops the resource when it is named, and heals when it is back", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "own", keys());
    world.apply(from("own"));
    await world.run();
    world.cluster.deleteObject("Secret", namespace, "own");
    const requests = world.since();
    await world.advance(2 * hour);
    expect(world.ready(resourceGroup())).toMatchObject({ reason: "Failed", severity: "Warning" });
    expect(world.ready(resourceGroup())?.message).toContain("team/own");
    expect(requests()).toEqual([]);
    world.cluster.putSecret(namespace, "own", keys());
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  test("whose Secret is deleted leaves the namespace to the global one, and says so", async () => {
    const world = await World.create();
    world.cluster.putSecret(namespace, "aso-credential", keys());
    world.apply(resourceGroup());
    await world.run();
    world.cluster.deleteObject("Secret", namespace, "aso-credential");
    await world.advance(2 * hour);
    expect(world.events()).toContainEqual(
      'Normal CredentialFrom rg: Using credential from "global"',
    );
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });

  test("that may not be read is no reason to use another one", async () => {
    const forbidden = async (): Promise<never> => {
      throw new OperatorError("ClusterUnauthorized", "secrets is forbidden", { status: 403 });
    };
    const world = await World.create({
      wrap: (engine) => ({
        ...engine,
        clusters: {
          get: async (name) =>
            intercept<Cluster>(await engine.clusters.get(name), { secret: forbidden }),
        },
      }),
    });
    world.apply(resourceGroup());
    await world.run();
    await world.advance(hour);
    expect(world.ready(resourceGroup())?.status).toBe("False");
    expect(world.arm.inner.calls).toEqual([]);
  });

  test("is wanted in ASO's words where there is none at all, and taken as soon as there is one", async () => {
    const world = await World.create({ settings: { globalCredential: undefined } });
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())).toMatchObject({ reason: "Failed", severity: "Warning" });
    expect(world.ready(resourceGroup())?.message).toContain(
      "global credential not configured, you must use either namespaced or per-resource credentials",
    );
    world.cluster.putSecret(namespace, "aso-credential", keys());
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("True");
  });
});

describe("a workload identity", () => {
  const { AZURE_CLIENT_SECRET: _secret, ...withoutProof } = keys();
  const account = { [annotations.serviceAccount]: "azure" };

  /** A world that notes what proves the requests to ARM. */
  async function provingWorld(options: WorldOptions = {}) {
    const proofs: ArmCredential["proof"][] = [];
    const world = await World.create({
      ...options,
      wrap: (engine) => ({
        ...engine,
        arm: intercept<Arm>(engine.arm, {
          send: async (request, credential, signal) => {
            proofs.push(credential.proof);
            return engine.arm.send(request, credential, signal);
          },
        }),
      }),
    });
    world.cluster.putSecret(namespace, "aso-credential", withoutProof);
    return { world, proofs };
  }

  const shared = {
    kind: "workloadIdentity",
    cluster: "one",
    namespace: "azureserviceoperator-system",
    serviceAccount: "azureserviceoperator-default",
  };
  const own = { kind: "workloadIdentity", cluster: "one", namespace, serviceAccount: "azure" };

  test("is proven by the shared service account, or by that of the namespace which the Namespace names", async () => {
    const { world, proofs } = await provingWorld();
    world.apply(resourceGroup());
    await world.run();
    expect(proofs.at(-1)).toEqual(shared);
    world.cluster.putNamespace(namespace, account);
    world.edit(resourceGroup(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(proofs.at(-1)).toEqual(own);
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 2 });
  });

  test("costs no second read of the Namespace in a pass", async () => {
    const { world } = await provingWorld();
    world.cluster.putNamespace(namespace, account);
    world.apply(resourceGroup());
    await world.run();
    const reads = world.cluster.calls.filter((call) => call === `namespace ${namespace}`);
    expect(reads).toHaveLength(world.handled);
  });

  test("takes no service account from a resource's own annotations", async () => {
    const { world, proofs } = await provingWorld();
    world.apply(resourceGroup({}, { annotations: account }));
    await world.run();
    expect(new Set(proofs.map((proof) => JSON.stringify(proof)))).toEqual(
      new Set([JSON.stringify(shared)]),
    );
  });

  test("is not proven by an account of another namespace: the resource says what is wrong and heals at once", async () => {
    const { world, proofs } = await provingWorld();
    world.cluster.putNamespace(namespace, { [annotations.serviceAccount]: "other/azure" });
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())).toMatchObject({ reason: "Failed", severity: "Warning" });
    expect(world.ready(resourceGroup())?.message).toContain("aso-functions/service-account");
    expect(proofs).toEqual([]);
    world.cluster.putNamespace(namespace, account);
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(proofs.at(-1)).toEqual(own);
  });

  test("that changes its service account makes the namespace's rows due, and writes nothing", async () => {
    const { world } = await provingWorld();
    world.apply(resourceGroup());
    await world.run();
    const handled = world.handled;
    await world.run();
    expect(world.handled).toBe(handled);
    world.cluster.putNamespace(namespace, account);
    await world.run();
    expect(world.handled).toBe(handled + 1);
    await world.run();
    expect(world.handled).toBe(handled + 1);
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
  });
});
