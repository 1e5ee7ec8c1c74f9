import { readFileSync } from "node:fs";
import { evaluate } from "@marcbachmann/cel-js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { annotations } from "../../../src/core/resource/names.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import { armError, type LroPlan } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { kstatus } from "./kstatus.ts";
import {
  flexibleServer,
  groupId,
  identity,
  identityId,
  refOf,
  resourceGroup,
  storageAccount,
  subnet,
  virtualNetwork,
} from "./samples.ts";
import { hour, World } from "./world.ts";

const page = readFileSync(new URL("../../../infra/guide/gitops.md", import.meta.url), "utf8");

/** The health check for Flux that the documentation gives, as YAML. */
const [check] = (
  parse(/```yaml\n( *healthCheckExprs:[^`]+)```/.exec(page)?.[1] ?? "") as {
    healthCheckExprs: { current: string; failed: string }[];
  }
).healthCheckExprs;

function flux(resource: CustomResource): string {
  const context = {
    metadata: { ...resource.metadata, generation: BigInt(resource.metadata.generation ?? 0) },
    status: JSON.parse(JSON.stringify(resource.status), (_key, value) =>
      typeof value === "number" ? BigInt(value) : value,
    ),
  };
  if (evaluate(check?.failed ?? "", context) === true) return "Failed";
  return evaluate(check?.current ?? "", context) === true ? "Current" : "InProgress";
}

/** What both say of a resource: `kstatus/Flux`. */
function judged(world: World, resource: NewResource): string {
  const found = world.get(resource);
  if (found === undefined) return "gone";
  return `${kstatus(found)}/${found.status === undefined ? "InProgress" : flux(found)}`;
}

describe("GitOps tools judge right", () => {
  const slow: LroPlan = { via: "asyncOperation", polls: 2, retryAfterSeconds: 30 };
  const operations = { "Microsoft.Network/virtualNetworks": { put: slow, delete: slow } };

  test("at every stage of a resource", async () => {
    const world = await World.create({ operations });
    const network = virtualNetwork();
    world.apply(network);
    await world.run();
    expect(judged(world, network), "waits for its owner").toBe("InProgress/InProgress");
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(network)?.reason).toBe("Reconciling");
    expect(judged(world, network), "is being created").toBe("InProgress/InProgress");
    await world.advance(300_000);
    expect(judged(world, network), "is Ready").toBe("Current/Current");
    world.edit(network, { spec: { tags: { a: "b" } } });
    // The kinds have no status.observedGeneration: kstatus alone cannot tell that nobody has seen the edit yet.
    expect(judged(world, network), "was just edited").toBe("Current/InProgress");
    await world.run();
    expect(judged(world, network), "is being updated").toBe("InProgress/InProgress");
    await world.advance(300_000);
    expect(judged(world, network), "is Ready again").toBe("Current/Current");
    await world.advance(3 * hour);
    expect(judged(world, network), "was compared").toBe("Current/Current");
    world.cluster.delete(refOf(network));
    expect(judged(world, network), "is to be deleted").toMatch(/^Terminating/);
    await world.run();
    expect(judged(world, network), "is being deleted").toMatch(/^Terminating/);
    await world.advance(300_000);
    expect(judged(world, network)).toBe("gone");
  });

  test.each([
    { code: "Conflict", status: 409, expected: "InProgress/InProgress", because: "it may heal" },
    {
      code: "InvalidRequestContent",
      status: 400,
      expected: "InProgress/Failed",
      because: "somebody has to change something",
    },
  ])("of a refusal with $code: $because", async ({ code, status, expected }) => {
    const world = await World.create();
    world.arm.inner.answerNext({ method: "PUT" }, armError(status, code, "no"));
    world.apply(resourceGroup());
    await world.run();
    expect(judged(world, resourceGroup())).toBe(expected);
    await world.advance(hour);
    expect(judged(world, resourceGroup())).toBe("Current/Current");
  });

  test("of an adoption that is planned, and of drift that is only shown", async () => {
    const world = await World.create();
    world.arm.inner.put(groupId, { location: "westus3", tags: { a: "b" } });
    const group = resourceGroup({}, { annotations: { [annotations.adopt]: "plan" } });
    world.apply(group);
    await world.run();
    expect(judged(world, group)).toBe("InProgress/InProgress");
    world.edit(group, {
      metadata: { annotations: { [annotations.adopt]: null, [annotations.drift]: "detect" } },
    });
    await world.run();
    expect(judged(world, group)).toBe("Current/Current");
    world.arm.inner.mutate(groupId, { location: "elsewhere" });
    await world.advance(2 * hour);
    expect(JSON.stringify(world.get(group)?.status)).toContain("DriftDetected");
    expect(judged(world, group)).toBe("Current/Current");
  });
});

describe("a resource that was never seen has its first condition after one scan", () => {
  const skip = { annotations: { [annotations.reconcilePolicy]: "skip" } };

  /** Another resource is told to wait ten minutes, and the whole subscription with it. */
  async function pause(world: World, method: "PUT" | "GET"): Promise<void> {
    world.apply(resourceGroup());
    await world.run();
    const answer = armError(429, "TooManyRequests", "slow down", { "retry-after": "600" });
    world.arm.inner.answerNext({ method, path: /first/ }, answer);
    const noted = method === "PUT" ? {} : skip;
    world.apply(identity({}, { name: "first", ...noted }));
    await world.run();
  }

  const rows: readonly {
    readonly stage: string;
    readonly resource: NewResource;
    readonly reason: string;
    readonly prepare?: (world: World) => unknown;
  }[] = [
    { stage: "its owner is missing", resource: subnet(), reason: "WaitingForOwner" },
    {
      stage: "its owner is not Ready",
      resource: virtualNetwork(),
      reason: "WaitingForOwner",
      prepare: (world) =>
        world.arm.inner.answerNext({ method: "PUT" }, armError(409, "Conflict", "later")),
    },
    {
      stage: "its owner is of the wrong kind",
      resource: subnet({ owner: { armId: groupId } }),
      reason: "ReferenceNotFound",
    },
    { stage: "a Secret is missing", resource: flexibleServer(), reason: "SecretNotFound" },
    {
      stage: "its credential is missing",
      resource: identity({}, { annotations: { [annotations.credentialFrom]: "nobody" } }),
      reason: "Failed",
    },
    {
      stage: "its version is unknown",
      resource: { ...virtualNetwork(), apiVersion: "network.azure.com/v1api19990101" },
      reason: "Failed",
      prepare: (world) => {
        const { cluster } = world;
        cluster.kinds = cluster.kinds.map((kind) =>
          kind.kind === "VirtualNetwork"
            ? { ...kind, versions: ["v1api19990101"], storageVersion: "v1api19990101" }
            : kind,
        );
      },
    },
    {
      stage: "its expressions are wrong",
      resource: identity({
        operatorSpec: { configMapExpressions: [{ name: "a", key: "b", value: "self.nope" }] },
      }),
      reason: "FailedWritingAdditionalKubernetesObjects",
    },
    {
      stage: "another resource holds its id",
      resource: resourceGroup({ azureName: "rg" }, { name: "second" }),
      reason: "AzureResourceInUse",
    },
    {
      stage: "Azure works on it",
      resource: storageAccount(),
      reason: "Reconciling",
    },
    {
      stage: "Azure asked for a pause of writes",
      resource: identity(),
      reason: "Reconciling",
      prepare: (world) => pause(world, "PUT"),
    },
    {
      stage: "Azure asked for a pause of reads",
      resource: identity({}, skip),
      reason: "Reconciling",
      prepare: (world) => pause(world, "GET"),
    },
    {
      stage: "its adoption is planned",
      resource: identity({}, { annotations: { [annotations.adopt]: "plan" } }),
      reason: "AdoptionPlanned",
      prepare: (world) => world.arm.inner.put(identityId, { location: "eastus" }),
    },
  ];
  test.each(rows)("when $stage: $reason", async ({ resource, reason, prepare }) => {
    const put: LroPlan = { via: "asyncOperation", polls: 5, retryAfterSeconds: 30 };
    const world = await World.create({
      operations: { "Microsoft.Storage/storageAccounts": { put } },
    });
    await prepare?.(world);
    if (world.get(resourceGroup()) === undefined) world.apply(resourceGroup());
    if (prepare === undefined) await world.run();
    world.apply(resource);
    const start = world.time;
    await world.run();
    expect(world.time).toBe(start);
    expect(world.ready(resource)).toMatchObject({
      status: "False",
      reason,
      observedGeneration: 1,
    });
  });
});
