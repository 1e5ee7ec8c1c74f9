import { describe, expect, test } from "vitest";
import type { EngineSettings } from "../../../src/controller/engine.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import {
  groupId,
  namespace,
  refOf,
  resourceGroup,
  subnet,
  subscription,
  virtualNetwork,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const identity = {
  AZURE_SUBSCRIPTION_ID: subscription,
  AZURE_TENANT_ID: "00000000-0000-0000-0000-000000000022",
  AZURE_CLIENT_ID: "00000000-0000-0000-0000-000000000033",
};
const withSecret = { ...identity, AZURE_CLIENT_SECRET: "canary-client-secret" };
const chain = [resourceGroup(), virtualNetwork(), subnet()];
const named = (name: string) =>
  resourceGroup({}, { annotations: { [annotations.credentialFrom]: name } });
const noGlobal: Partial<EngineSettings> = { globalCredential: undefined };
const detach = { [annotations.reconcilePolicy]: "detach-on-delete" };

async function settled(
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
  resources = chain,
  settings = noGlobal,
): Promise<World> {
  const world = await World.create({ settings });
  for (const [name, data] of Object.entries(secrets))
    world.cluster.putSecret(namespace, name, data);
  world.apply(...resources);
  await world.run();
  await world.advance(60_000);
  for (const one of resources) expect(world.ready(one)?.status).toBe("True");
  return world;
}

describe("a namespace that loses its credential Secret before its resources", () => {
  test.each<[string, string, typeof chain]>([
    ["of the namespace", "aso-credential", chain],
    ["of a resource", "own", [named("own")]],
  ])("is deleted by the same workload identity %s", async (_whose, name, resources) => {
    const world = await settled({ [name]: identity }, resources);
    const principals = new Set(world.calls("PUT").map(({ principal }) => principal));
    expect(principals.size).toBe(1);
    world.restart();
    world.cluster.deleteNamespace(namespace);
    await world.advance(hour);
    for (const one of resources) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE").length).toBeGreaterThan(0);
    for (const { principal } of world.calls("DELETE")) expect(principals).toContain(principal);
    expect(world.arm.resource(groupId)).toBeUndefined();
  });

  test("and with it the binding that let us read it, is deleted all the same", async () => {
    const world = await settled({ own: identity }, [named("own")]);
    world.cluster.deleteNamespace(namespace);
    world.cluster.secret = async () => {
      throw new OperatorError("ClusterUnauthorized", "forbidden", { status: 403 });
    };
    await world.advance(hour);
    expect(world.get(named("own"))).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("says how to go on when the account that proves the identity is gone as well", async () => {
    const world = await settled({ own: identity }, [named("own")]);
    const message = "no token for service account team/azure.";
    for (const method of ["GET", "DELETE"] as const)
      world.arm.inner.answerNext({ method }, { kind: "unanswered", sent: false, message });
    world.cluster.deleteNamespace(namespace);
    await world.run();
    expect(world.ready(named("own"))?.message).toMatch(/^no token .* detach-on-delete/);
    await world.advance(60_000);
    expect(world.get(named("own"))).toBeUndefined();
  });

  test("is not deleted by the app's identity while a workload identity can do it", async () => {
    const world = await settled({ "aso-credential": identity }, chain, {});
    const [{ principal } = { principal: "" }] = world.calls("PUT");
    world.cluster.deleteNamespace(namespace);
    await world.advance(hour);
    expect(new Set(world.calls("DELETE").map((call) => call.principal))).toEqual(
      new Set([principal]),
    );
  });

  test("is deleted by the app's identity where that may act, as in ASO", async () => {
    const world = await settled({ "aso-credential": withSecret }, chain, {});
    world.cluster.deleteNamespace(namespace);
    await world.advance(hour);
    for (const one of chain) expect(world.get(one)).toBeUndefined();
    expect(world.arm.resource(groupId)).toBeUndefined();
  });

  test("is told how to go on where nobody can act, deletes nothing, and is let go only by a word", async () => {
    const world = await settled({ "aso-credential": withSecret });
    world.cluster.deleteNamespace(namespace);
    await world.advance(2 * hour);
    for (const one of chain) {
      const message = world.ready(one)?.message;
      expect(message).toContain("The Namespace team is being deleted: no Secret can be created");
      expect(message).toContain(`${annotations.reconcilePolicy}: detach-on-delete`);
      expect(message).not.toContain("create the Secret");
    }
    expect(world.ready(resourceGroup())?.message).toContain(`delete ${groupId} in Azure`);
    expect(world.calls("DELETE")).toEqual([]);
    world.cluster.putNamespace(namespace, detach);
    await world.advance(300_000);
    for (const one of chain) expect(world.get(one)).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
    expect(world.arm.resource(groupId)).toBeDefined();
  });

  test("goes on with the app's identity when its resource names no other any more", async () => {
    const world = await settled({ own: withSecret }, [named("own")], {});
    world.cluster.deleteNamespace(namespace);
    await world.advance(hour);
    expect(world.ready(named("own"))?.message).toContain("remove the annotation to go on");
    expect(world.calls("DELETE")).toEqual([]);
    world.edit(named("own"), { metadata: { annotations: { [annotations.credentialFrom]: null } } });
    await world.run();
    expect(world.get(named("own"))).toBeUndefined();
    expect(world.calls("DELETE")).toHaveLength(1);
  });

  test("goes on as soon as a credential that can act appears", async () => {
    const world = await settled({ "aso-credential": withSecret });
    world.cluster.deleteNamespace(namespace);
    await world.advance(hour);
    world.cluster.putSecret(namespace, "aso-credential", withSecret);
    await world.run();
    await world.advance(300_000);
    for (const one of chain) expect(world.get(one)).toBeUndefined();
  });
});

describe("an identity that outlives its Secret", () => {
  test("is not used while the namespace lives: a missing Secret may be a revoked one", async () => {
    const world = await settled({ "aso-credential": identity });
    world.cluster.deleteObject("Secret", namespace, "aso-credential");
    world.cluster.delete(refOf(subnet()));
    await world.advance(hour);
    expect(world.ready(subnet())?.message).toContain("create the Secret aso-credential");
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("is not used without a row that proves it", async () => {
    const world = await settled({ "aso-credential": identity });
    const { identities } = world;
    world.loseLedger();
    world.identities = identities;
    world.restart();
    world.cluster.deleteNamespace(namespace);
    await world.advance(hour);
    expect(world.ready(subnet())?.message).toContain("The Namespace team is being deleted");
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("is kept without a secret, and costs one request for all resources", async () => {
    const world = await settled({ "aso-credential": identity });
    expect(world.identities.table.requests).toBe(1);
    const secret = await settled({ "aso-credential": withSecret });
    expect(secret.identities.table.requests).toBe(0);
  });
});
