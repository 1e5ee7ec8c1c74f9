import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations, finalizer } from "../../../src/core/resource/names.ts";
import { aChain, groupId, networkId, operators, TransferWorld } from "./transfer-world.ts";

let world: TransferWorld;

beforeEach(async () => {
  world = await TransferWorld.start();
});

afterEach(() => world?.stop());

describe("transfer to another cluster", () => {
  it("says what it would do, and does nothing", async () => {
    await aChain(world.one);
    const before = [world.one.server.revision(), world.two.server.revision()];
    const { code, out } = await world.move();
    expect(code).toBe(0);
    expect(out).toMatch(
      /move +ResourceGroup\.resources\.azure\.com\/rg +namespace team of cluster sandbox/,
    );
    expect(out).toContain("3 resources. Nothing was changed; --yes does it.");
    expect([world.one.server.revision(), world.two.server.revision()]).toEqual(before);
  });

  it("leaves nothing behind, deletes nothing in Azure, and says what the next operator has to know", async () => {
    await aChain(world.one);
    const { code, err } = await world.move("--yes");
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(world.one.resources()).toEqual([]);
    expect(world.deleted).toEqual([]);
    expect(world.fights).toEqual([]);
    const copy = world.two.get("VirtualNetwork", "vnet");
    expect(copy?.metadata).toMatchObject({ generation: 1, labels: { app: "shop" } });
    expect(copy?.metadata.annotations).toEqual({
      [annotations.resourceId]: networkId,
      [annotations.latestReconciledGeneration]: "1",
    });
    expect(copy?.metadata.ownerReferences).toBeUndefined();
    expect(copy?.spec).toMatchObject({ owner: { name: "rg" } });
    expect(copy?.status).toMatchObject({
      id: networkId,
      conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }],
    });
  });

  it("leaves no adoption to plan again: what moves is managed", async () => {
    const noted = { [annotations.adopt]: "plan", [annotations.adopted]: "uid of the source" };
    await world.one.ready("ResourceGroup", "rg", groupId, { location: "westus3" }, noted);
    expect((await world.move("--yes")).code).toBe(0);
    const copied = world.two.get("ResourceGroup", "rg")?.metadata.annotations ?? {};
    expect(Object.keys(copied).filter((name) => name in noted)).toEqual([]);
  });

  it("gives the copies to a named operator, and their own policy back", async () => {
    await world.one.ready(
      "ResourceGroup",
      "rg",
      groupId,
      { location: "westus3" },
      { [annotations.reconcilePolicy]: "detach-on-delete" },
    );
    await world.move("--yes", "--operator", operators.next);
    expect(world.two.get("ResourceGroup", "rg")?.metadata.annotations).toMatchObject({
      [annotations.operatorNamespace]: operators.next,
      [annotations.reconcilePolicy]: "detach-on-delete",
    });
  });
});

describe("a tool that puts a source's annotations back while the transfer runs", () => {
  it.each([
    ["its policy", { [annotations.reconcilePolicy]: null }],
    [
      "all that the transfer wrote",
      { [annotations.reconcilePolicy]: null, [annotations.transfer]: null },
    ],
    ["another policy", { [annotations.reconcilePolicy]: "manage" }],
  ])("and takes away %s deletes nothing in Azure", async (_what, undone) => {
    await aChain(world.one);
    const operate = world.operate.bind(world);
    let isUndone = false;
    world.operate = async () => {
      if (!isUndone) await world.one.annotate("ResourceGroup", "rg", undone);
      isUndone = true;
      await operate();
    };
    const { code } = await world.move("--yes");
    expect(isUndone).toBe(true);
    expect(world.deleted).toEqual([]);
    expect(code).toBe(0);
    expect(world.two.get("ResourceGroup", "rg")).toBeDefined();
  });
});

describe("what is in the way of a transfer", () => {
  /** The reasons that the plan of one network gives after `change`. */
  async function reasons(change: JsonObject, ...args: readonly string[]): Promise<string> {
    await aChain(world.one);
    const network = world.one.get("VirtualNetwork", "vnet");
    if (network !== undefined) await world.one.patch(network, change);
    const revisions = [world.one.server.revision(), world.two.server.revision()];
    const { code, out, err } = await world.move("--yes", ...args);
    expect(code).toBe(1);
    expect(err).toContain("Nothing was changed.");
    expect([world.one.server.revision(), world.two.server.revision()]).toEqual(revisions);
    return out;
  }

  it.each([
    ["an edit that is not in Azure yet", { spec: { tags: { a: "b" } } }, "is not Ready"],
    [
      "a running operation",
      {
        metadata: {
          annotations: { [annotations.pollerResumeId]: "x", [annotations.pollerResumeToken]: "y" },
        },
      },
      "an operation runs in Azure",
    ],
    ["a foreign finalizer", { metadata: { finalizers: [finalizer, "lock/keep"] } }, "lock/keep"],
    [
      "no traces of a PUT",
      { metadata: { annotations: { [annotations.latestReconciledGeneration]: null } } },
      "default policy must be skip",
    ],
  ] as const)("%s", async (_name, change, text) => {
    expect(await reasons(structuredClone(change) as unknown as JsonObject)).toContain(text);
  });

  it("an owner that stays, and children that stay", async () => {
    const out = await reasons({}, "--kind", "VirtualNetwork");
    expect(out).toContain("refers to ResourceGroup.resources.azure.com/rg, which is not selected");
    expect(out).toContain("subnet refers to it and is not selected");
  });

  it("a resource of the same name at the target", async () => {
    await aChain(world.two);
    expect(await reasons({})).toContain("a resource of this name is at the target");
  });

  it("a Secret that the target lacks, until it is copied", async () => {
    world.one.server.apply(secret("database"));
    await aServer();
    const refused = await world.move("--yes");
    expect(refused.code).toBe(1);
    expect(refused.out).toContain("Secret database is missing at the target");
    expect(refused.out).not.toContain("hunter2");
    const { code, out } = await world.move("--yes", "--copy-secrets");
    expect(code).toBe(0);
    expect(out).not.toContain("hunter2");
    expect(world.two.server.get("v1", "Secret", "team", "database")).toMatchObject({
      data: { password: Buffer.from("hunter2").toString("base64") },
      metadata: { annotations: { kept: "yes" } },
    });
  });

  it("never overwrites a Secret of the target", async () => {
    world.one.server.apply(secret("database"));
    world.two.server.apply({ ...secret("database"), data: { password: "b3RoZXI=" } });
    await aServer();
    expect((await world.move("--yes", "--copy-secrets")).code).toBe(0);
    expect(world.two.server.get("v1", "Secret", "team", "database")).toMatchObject({
      data: { password: "b3RoZXI=" },
    });
  });
});

describe("transfer to another namespace of the cluster", () => {
  it("keeps a name in Azure that came from the namespace", async () => {
    const role = "11111111-2222-3333-4444-555555555555";
    const id = `${groupId}/providers/Microsoft.Authorization/roleAssignments/${role}`;
    await aChain(world.one);
    await world.one.ready("RoleAssignment", "reader", id, {
      owner: { group: "resources.azure.com", kind: "ResourceGroup", name: "rg" },
      principalId: role,
      roleDefinitionReference: { armId: "/providers/x/y/z" },
    });
    const { kubeconfig } = world.one;
    const from = ["--from", kubeconfig, "--namespace", "team", "--to-namespace", "other"];
    const { code, err } = await world.run(...from, "--yes");
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(world.one.get("RoleAssignment", "reader", "other")?.spec).toMatchObject({
      azureName: role,
    });
    expect(world.one.resources()).toHaveLength(4);
    expect(world.one.resources().every(({ metadata }) => metadata.namespace === "other")).toBe(
      true,
    );
    expect([world.deleted, world.fights]).toEqual([[], []]);
  });

  it("keeps the policy that came from the namespace", async () => {
    world.one.server.apply({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "team", annotations: { [annotations.reconcilePolicy]: "skip" } },
    });
    await aChain(world.one);
    expect((await world.move("--yes")).code).toBe(0);
    for (const { metadata } of world.two.resources())
      expect(metadata.annotations?.[annotations.reconcilePolicy]).toBe("skip");
  });
});

describe("transfer to another operator", () => {
  const handOver = () =>
    world.run(
      ...["--from", world.one.kubeconfig, "--namespace", "team"],
      ...["--to-operator", operators.next, "--yes"],
    );

  it("changes the operator and nothing else, a running operation goes along", async () => {
    await aChain(world.one);
    const running = {
      [annotations.pollerResumeId]: "GenericClient.CreateOrUpdateByID",
      [annotations.pollerResumeToken]: "{}",
      [annotations.acceptedGoal]: "of the old operator",
    };
    await world.one.annotate("VirtualNetwork", "vnet", running);
    const before = world.one.get("VirtualNetwork", "vnet");
    const { code, out } = await handOver();
    expect(code).toBe(0);
    expect(out).toContain("3 given to aso-functions");
    const after = world.one.get("VirtualNetwork", "vnet");
    const { [annotations.acceptedGoal]: _goal, ...kept } = before?.metadata.annotations ?? {};
    expect(after?.metadata.annotations).toEqual({
      ...kept,
      [annotations.operatorNamespace]: operators.next,
    });
    expect(after?.metadata.finalizers).toEqual([finalizer]);
    expect([after?.spec, after?.status]).toEqual([before?.spec, before?.status]);
  });

  it("says that nothing is left to do when it is done", async () => {
    await aChain(world.one);
    await handOver();
    const { code, out } = await handOver();
    expect(code).toBe(0);
    expect(out).toContain("0 given to aso-functions");
  });
});

describe("a command line that cannot be used", () => {
  it.each([
    [[], "say where to"],
    [["--to", "x", "--to-operator", "y"], "--to-operator leaves the resources"],
    [["--to-operator", "Not/AName"], '--to-operator takes a namespace\'s name, not "Not/AName"'],
    [["--to-namespace", "team"], "the same namespace of the same cluster"],
    [["--to-namespace", "nowhere"], "there is no namespace nowhere"],
    [["--to-namespace", "other", "--yes", "--dry-run"], "either --yes or --dry-run"],
    [["--to", "/no/such/file"], "--to /no/such/file"],
    [["--to-namespace", "other", "--name", "nobody"], "nothing in team is selected"],
    [["--to-namespace", "other", "--timeout", "soon"], "--timeout takes seconds"],
  ] as const)("%j is refused", async (args, text) => {
    const from = ["--from", world.one.kubeconfig, "--namespace", "team"];
    const { code, err } = await world.run(...from, ...args);
    expect(err).toContain(text);
    expect(code).toBe(2);
  });
});

function secret(name: string): JsonObject {
  const manifest = { [`kubectl.kubernetes.io/last-applied-configuration`]: "hunter2" };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "team", annotations: { kept: "yes", ...manifest } },
    data: { password: Buffer.from("hunter2").toString("base64") },
  };
}

async function aServer(): Promise<void> {
  await world.one.ready("FlexibleServer", "server", `${groupId}/server`, {
    owner: { armId: groupId },
    location: "westus3",
    administratorLogin: "boss",
    administratorLoginPassword: { name: "database", key: "password" },
  });
}
