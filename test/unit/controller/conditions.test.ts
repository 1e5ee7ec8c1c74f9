import { describe, expect, test } from "vitest";
import { annotations } from "../../../src/core/resource/names.ts";
import type { ArmAnswer } from "../../../src/ports/arm.ts";
import { armError, type LroPlan } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  flexibleServer,
  groupId,
  identity,
  namespace,
  networkId,
  refOf,
  resourceGroup,
  subnet,
  virtualNetwork,
} from "./samples.ts";
import { hour, World } from "./world.ts";

/** aso-features.md 5.4, in seconds: the doubling classes up to their limits, an Error every ten minutes. */
const speeds = {
  fast: [1, 2, 4, 8, 16, 30, 30],
  // Who waits for another resource is woken by it.
  woken: [8, 16, 30, 30],
  slow: [1, 2, 4, 8, 16, 32, 64, 128, 180, 180],
  verySlow: [3600, 3600],
  error: [600, 600],
} as const;

type Row = {
  readonly reason: string;
  readonly severity: "Warning" | "Error";
  readonly speed: keyof typeof speeds;
  /** Part of the message. */
  readonly says: string;
  readonly because: string;
  readonly resource: NewResource;
  readonly prepare?: (world: World) => unknown;
};

const skip = { annotations: { [annotations.reconcilePolicy]: "skip" } };
const reference = { group: "network.azure.com", kind: "NetworkSecurityGroup", name: "nsg" };

function answers(
  world: World,
  method: "PUT" | "GET",
  path: RegExp,
  answer: ArmAnswer,
  times = 50,
): void {
  for (let time = 0; time < times; time++) world.arm.inner.answerNext({ method, path }, answer);
}

function refusesWith(status: number, code: string, times?: number) {
  const answer = armError(status, code, "Azure's own words");
  return (world: World) => answers(world, "PUT", /virtualNetworks/, answer, times);
}

/** aso-features.md 5.2, and how often each is tried again (5.4). */
const rows: readonly Row[] = [
  {
    reason: "WaitingForOwner",
    severity: "Warning",
    speed: "woken",
    says: "Progress is blocked until the owner is created",
    because: "the owner is missing",
    resource: subnet(),
  },
  {
    reason: "ReferenceNotFound",
    severity: "Warning",
    speed: "woken",
    says: 'NetworkSecurityGroup.network.azure.com "nsg" does not exist',
    because: "a referenced resource is missing",
    resource: subnet({ owner: { armId: networkId }, networkSecurityGroup: { reference } }),
  },
  {
    reason: "SecretNotFound",
    severity: "Warning",
    speed: "fast",
    says: 'Secret "team/database" does not exist',
    because: "a Secret is missing",
    resource: flexibleServer(),
  },
  {
    reason: "ConfigMapNotFound",
    severity: "Warning",
    speed: "fast",
    says: 'ConfigMap "team/ids" does not exist',
    because: "a ConfigMap is missing",
    resource: {
      apiVersion: "authorization.azure.com/v1api20220401",
      kind: "RoleAssignment",
      metadata: { name: "role", namespace },
      spec: {
        owner: { group: "resources.azure.com", kind: "ResourceGroup", name: "rg" },
        principalIdFromConfig: { name: "ids", key: "principal" },
        roleDefinitionReference: {
          armId: `${groupId}/providers/Microsoft.Authorization/roleDefinitions/x`,
        },
      },
    },
  },
  {
    reason: "AzureResourceNotFound",
    severity: "Warning",
    speed: "slow",
    says: "does not exist in Azure",
    because: "skip, and Azure does not have it",
    resource: identity({}, skip),
  },
  {
    reason: "SubscriptionMismatch",
    severity: "Error",
    speed: "error",
    says: "is tried again every 10 minutes",
    because: "the id is in another subscription than the credential's",
    resource: identity({
      owner: { armId: "/subscriptions/99999999-0000-0000-0000-000000000000/resourceGroups/rg" },
    }),
  },
  {
    reason: "FailedWritingAdditionalKubernetesObjects",
    severity: "Error",
    speed: "error",
    says: "is tried again every 10 minutes",
    because: "a ConfigMap to write belongs to somebody else",
    resource: identity({
      operatorSpec: { configMaps: { principalId: { name: "ids", key: "id" } } },
    }),
    prepare: (world) => world.cluster.putConfigMap(namespace, "ids", { mine: "untouched" }),
  },
  {
    reason: "Failed",
    severity: "Warning",
    speed: "slow",
    says: "named by the annotation serviceoperator.azure.com/credential-from, does not exist",
    because: "a credential is missing",
    resource: identity({}, { annotations: { [annotations.credentialFrom]: "nobody" } }),
  },
  {
    reason: "Failed",
    severity: "Warning",
    speed: "slow",
    says: "AuthorizationFailed: Azure's own words",
    because: "the resource may not be read",
    resource: identity({}, skip),
    prepare: (world) =>
      answers(
        world,
        "GET",
        /userAssignedIdentities/,
        armError(403, "AuthorizationFailed", "Azure's own words"),
      ),
  },
  {
    reason: "UnknownError",
    severity: "Warning",
    speed: "slow",
    says: "no network",
    because: "the request did not get through",
    resource: virtualNetwork(),
    prepare: (world) =>
      answers(world, "PUT", /virtualNetworks/, {
        kind: "unanswered",
        sent: false,
        message: "no network",
      }),
  },
  {
    reason: "RequestDisallowedByPolicy",
    severity: "Warning",
    speed: "slow",
    says: "Azure's own words",
    because: "the code of ARM is the reason, and this one heals elsewhere",
    resource: virtualNetwork(),
    prepare: refusesWith(403, "RequestDisallowedByPolicy"),
  },
  {
    reason: "SkuNotAvailable",
    severity: "Warning",
    speed: "verySlow",
    says: "Azure's own words",
    because: "this code rarely heals",
    resource: virtualNetwork(),
    prepare: refusesWith(409, "SkuNotAvailable"),
  },
  {
    reason: "InvalidRequestContent",
    severity: "Error",
    speed: "error",
    says: "Azure's own words. It is tried again every 10 minutes and after every change",
    because: "this code says that the request is wrong; nothing is given up",
    resource: virtualNetwork(),
    prepare: refusesWith(400, "InvalidRequestContent"),
  },
];

/** Seconds between the attempts that follow each other, as the row says them. */
async function gaps(world: World, resource: NewResource, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let attempt = 0; attempt < count; attempt++) {
    const due = (await world.row(resource))?.due ?? 0;
    // A quarter of a second is taken off for the way through the queue.
    found.push((due - world.time + 250) / 1000);
    world.time = due;
    await world.sweep();
  }
  return found;
}

describe("a problem", () => {
  test.each(rows)(
    "$reason is a $severity, because $because; it is tried again $speed and told once",
    async ({ reason, severity, speed, says, resource, prepare }) => {
      const world = await World.create();
      prepare?.(world);
      world.apply(resourceGroup());
      await world.run();
      world.apply(resource);
      await world.run();
      const first = world.ready(resource);
      expect(first).toMatchObject({ status: "False", severity, reason, observedGeneration: 1 });
      expect(first?.message).toContain(says);
      expect(await gaps(world, resource, speeds[speed].length)).toEqual(speeds[speed]);
      expect(world.ready(resource)).toEqual(first);
      const told = world.events().filter((event) => event.includes("ActionError"));
      expect(told.length).toBeLessThanOrEqual(1);
    },
  );

  test("that is solved counts no failures any more: the next one starts with a second again", async () => {
    const world = await World.create();
    refusesWith(409, "Conflict", 3)(world);
    world.apply(resourceGroup());
    await world.run();
    world.apply(virtualNetwork());
    await world.run();
    expect(await gaps(world, virtualNetwork(), 3)).toEqual([1, 2, 4]);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    refusesWith(409, "Conflict")(world);
    world.edit(virtualNetwork(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(await gaps(world, virtualNetwork(), 2)).toEqual([1, 2]);
  });
});

describe("lastTransitionTime", () => {
  test("stays while nothing changes: not by sync periods, nor by drift that is put back", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    const before = world.ready(virtualNetwork());
    await world.advance(3 * hour);
    world.arm.inner.mutate(networkId, { tags: { a: "b" } });
    await world.advance(2 * hour);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.ready(virtualNetwork())).toEqual(before);
  });

  test("moves with an edit, through Reconciling of the new generation to Succeeded", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    const before = world.ready(virtualNetwork());
    await world.advance(60_000);
    const shown: unknown[] = [];
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, () => {
      shown.push(world.ready(virtualNetwork()));
      return undefined;
    });
    world.edit(virtualNetwork(), { spec: { tags: { a: "b" } } });
    await world.run();
    expect(shown).toMatchObject([
      { reason: "Reconciling", severity: "Info", observedGeneration: 2 },
    ]);
    expect(world.ready(virtualNetwork())).toMatchObject({ status: "True", observedGeneration: 2 });
    expect(world.ready(virtualNetwork())?.lastTransitionTime).not.toBe(before?.lastTransitionTime);
  });
});

/** aso-features.md 2.5; those of create, claim and undeletable kinds are in the tests of these. */
describe("the events of a deletion", () => {
  const remove: LroPlan = { via: "asyncOperation", polls: 3, retryAfterSeconds: 10 };

  test("are BeginDelete and MonitorDelete", async () => {
    const world = await World.create({
      operations: { "Microsoft.Network/virtualNetworks": { delete: remove } },
    });
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    world.cluster.delete(refOf(virtualNetwork()));
    await world.advance(hour);
    expect(world.get(virtualNetwork())).toBeUndefined();
    const told = world.events().filter((event) => /Delet/.test(event));
    expect([...new Set(told)]).toEqual([
      "Normal BeginDelete vnet: Starting delete of resource",
      "Normal MonitorDelete vnet: Continue monitoring deletion",
    ]);
  });

  test("tell a refusal as DeleteActionError in Azure's words", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    world.arm.inner.answerNext({ method: "DELETE" }, armError(400, "InvalidTemplate", "locked"));
    world.cluster.delete(refOf(virtualNetwork()));
    await world.run();
    expect(world.events()).toContain("Warning DeleteActionError vnet: locked");
    expect(world.ready(virtualNetwork())).toMatchObject({ severity: "Warning" });
  });
});
