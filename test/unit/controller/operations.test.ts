import { describe, expect, test } from "vitest";
import { annotations, pollerIds } from "../../../src/core/resource/names.ts";
import type { ArmAnswer } from "../../../src/ports/arm.ts";
import { armError, json, type LroPlan } from "../../doubles/in-memory-arm.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import {
  groupId,
  identity,
  identityId,
  networkId,
  refOf,
  resourceGroup,
  virtualNetwork,
} from "./samples.ts";
import { World } from "./world.ts";

const type = "Microsoft.Network/virtualNetworks";
const polls = /\/operations\/|virtualNetworks\/vnet$/;

async function worldWith(plan: LroPlan): Promise<World> {
  const world = await World.create({ operations: { [type]: { put: plan } } });
  world.apply(resourceGroup(), virtualNetwork());
  await world.run();
  return world;
}

/** Times at which ARM was asked about the operation, in seconds after the PUT. */
function pollTimes(world: World): readonly number[] {
  const { calls } = world.arm.inner;
  const put = calls.findIndex(({ method, path }) => method === "PUT" && path === networkId);
  const start = world.arm.times[put] ?? 0;
  return calls.flatMap(({ method, path }, at) =>
    at > put && method === "GET" && polls.test(path)
      ? [((world.arm.times[at] ?? 0) - start) / 1000]
      : [],
  );
}

describe.each(["asyncOperation", "location", "body"] as const)("an operation by %s", (via) => {
  test("is not polled before Retry-After and ends in Ready with one PUT", async () => {
    const world = await worldWith({ via, polls: 2, retryAfterSeconds: 15 });
    expect(world.ready(virtualNetwork())).toMatchObject({
      reason: "Reconciling",
      severity: "Info",
    });
    await world.advance(14_000);
    expect(pollTimes(world)).toEqual([]);
    await world.advance(300_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    const times = pollTimes(world);
    expect(times[0]).toBeGreaterThanOrEqual(15);
    // A GET of the resource itself carries no Retry-After here: then the interval is ours.
    for (const [at, time] of times.slice(0, 3).entries())
      if (at > 0 && via !== "body") expect(time - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(15);
  });

  test("keeps ASO's resume token while it runs and removes it at its end", async () => {
    const world = await worldWith({ via, polls: 1, retryAfterSeconds: 5 });
    const noted = world.get(virtualNetwork())?.metadata.annotations ?? {};
    expect(noted[annotations.pollerResumeId]).toBe(pollerIds.create);
    expect(JSON.parse(noted[annotations.pollerResumeToken] ?? "")).toMatchObject({
      type: "GenericResource",
    });
    await world.advance(60_000);
    const after = world.get(virtualNetwork())?.metadata.annotations ?? {};
    expect(after).not.toHaveProperty([annotations.pollerResumeId]);
    expect(after).not.toHaveProperty([annotations.pollerResumeToken]);
  });

  test("without Retry-After is polled ever more slowly, at most every minute", async () => {
    const world = await worldWith({ via, polls: 9 });
    await world.advance(600_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    const times = pollTimes(world);
    const gaps = times.slice(1, 9).map((time, at) => time - (times[at] ?? 0));
    for (const [at, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(Math.min(gaps[at - 1] ?? 0, 60));
      expect(gap).toBeLessThanOrEqual(60);
    }
  });

  test("that fails is shown with Azure's words and tried again", async () => {
    const error = { code: "AllocationFailed", message: "no room" };
    const world = await worldWith({ via, polls: 1, retryAfterSeconds: 1, error });
    await world.advance(2000);
    const condition = world.ready(virtualNetwork());
    expect(condition).toMatchObject({ status: "False", severity: "Warning" });
    if (via !== "body")
      expect(condition).toMatchObject({ reason: "AllocationFailed", message: "no room" });
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toBeUndefined();
    await world.advance(120_000);
    expect(world.calls("PUT", networkId).length).toBeGreaterThan(1);
  });

  test("survives 429, 503 and a lost connection of a poll", async () => {
    const world = await worldWith({ via, polls: 1, retryAfterSeconds: 5 });
    const answers = [
      armError(429, "TooManyRequests", "slow down", { "retry-after": "40" }),
      armError(503, "ServiceUnavailable", "try later"),
      { kind: "unanswered" as const, sent: true, message: "ECONNRESET" },
    ];
    for (const answer of answers)
      world.arm.inner.answerNext({ method: "GET", path: polls }, answer);
    await world.advance(6000);
    expect(pollTimes(world)).toHaveLength(1);
    await world.advance(38_000);
    expect(pollTimes(world)).toHaveLength(1);
    await world.advance(300_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("is followed by a new process with nothing but the annotations", async () => {
    const world = await worldWith({ via, polls: 2, retryAfterSeconds: 5 });
    world.loseLedger();
    await world.run();
    await world.advance(60_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("lets an edit wait, then applies it", async () => {
    const world = await worldWith({ via, polls: 1, retryAfterSeconds: 10 });
    world.edit(virtualNetwork(), { spec: { tags: { team: "network" } } });
    await world.run();
    expect(pollTimes(world)).toEqual([]);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    await world.advance(120_000);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "network" });
    expect(world.ready(virtualNetwork())).toMatchObject({ status: "True", observedGeneration: 2 });
  });
});

describe("a PUT", () => {
  test("that is throttled is repeated at Retry-After and not before", async () => {
    const world = await World.create();
    world.arm.inner.answerNext(
      { method: "PUT", path: /virtualNetworks/ },
      armError(429, "TooManyRequests", "slow down", { "retry-after": "50" }),
    );
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    await world.advance(49_000);
    expect(world.calls("PUT", networkId)).toHaveLength(1);
    await world.advance(20_000);
    expect(world.calls("PUT", networkId)).toHaveLength(2);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
  });

  test("that is answered with the path of what it made is done: nothing is shown as failed, nothing sent twice", async () => {
    const world = await World.create();
    world.arm.inner.answerNext({ method: "PUT", path: /userAssignedIdentities/ }, ({ body }) => {
      world.arm.inner.put(identityId, body);
      return { kind: "response", status: 201, headers: { location: identityId }, text: "{}" };
    });
    world.apply(resourceGroup(), identity());
    await world.run();
    expect(world.ready(identity())?.status).toBe("True");
    expect(world.calls("PUT", identityId)).toHaveLength(1);
    expect(world.events().filter((event) => event.startsWith("Warning"))).toEqual([]);
  });

  test("without an answer is looked up before it is repeated", async () => {
    const world = await World.create();
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, (call) => {
      world.arm.inner.put(call.path, { ...call.body });
      return { kind: "unanswered", sent: true, message: "ECONNRESET" };
    });
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    expect(world.ready(virtualNetwork())).toMatchObject({ reason: "UnknownError" });
    await world.advance(60_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test.each([500, 503])(
    "that only takes a tag away and is answered %d is repeated",
    async (status) => {
      const world = await World.create();
      world.apply(resourceGroup({ tags: { kept: "1", gone: "2" } }));
      await world.run();
      world.edit(resourceGroup(), { spec: { tags: { gone: null } } });
      world.arm.inner.answerNext({ method: "PUT" }, json(status, {}));
      await world.advance(60_000);
      expect(world.arm.resource(groupId)?.["tags"]).toEqual({ kept: "1" });
      expect(world.ready(resourceGroup())?.status).toBe("True");
    },
  );

  test("without an answer is followed by the one that its edit asks for, although Azure shows nothing that is missing", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), identity());
    await world.run();
    world.arm.inner.answerNext({ method: "PUT", path: /userAssignedIdentities/ }, (call) => {
      world.arm.inner.mutate(call.path, { tags: call.body?.["tags"] ?? null });
      return { kind: "unanswered", sent: true, message: "ECONNRESET" };
    });
    world.edit(identity(), { spec: { tags: { a: "b" } } });
    await world.run();
    world.edit(identity(), { spec: { tags: null } });
    await world.advance(60_000);
    expect(world.ready(identity())).toMatchObject({ status: "True", observedGeneration: 3 });
    expect(world.arm.resource(identityId)?.["tags"]).toBeUndefined();
  });

  test("whose read fails afterwards is not repeated, even if Azure shows other values than were sent", async () => {
    const world = await World.create();
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, (call) => {
      world.arm.inner.answerNext(
        { method: "GET", path: /virtualNetworks\/vnet$/ },
        armError(503, "ServiceUnavailable", "try later"),
      );
      world.arm.inner.put(call.path, { ...call.body, tags: { team: "NORMALISED" } });
      return json(200, world.arm.inner.resource(networkId));
    });
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    expect(world.ready(virtualNetwork())?.status).toBe("False");
    await world.advance(60_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });

  test("onto a missing provider registers it and is repeated", async () => {
    const world = await World.create();
    const error = {
      code: "MissingSubscriptionRegistration",
      message: "not registered",
      details: [{ target: "Microsoft.Network", code: "x", message: "y" }],
    };
    world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, json(409, { error }));
    world.arm.inner.answerNext({ method: "POST" }, json(200, {}));
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    expect(world.ready(virtualNetwork())?.message).toContain("registering Resource Provider");
    expect(world.calls("POST").map(({ path }) => path)).toEqual([
      "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Network/register",
    ]);
    await world.advance(60_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
  });
});

describe("a goal that Azure failed at, and that is taken back", () => {
  const error = { code: "AllocationFailed", message: "no room" };
  const plan: LroPlan = { via: "asyncOperation", polls: 1, retryAfterSeconds: 1, error };

  async function reverted(resource: NewResource, fail: LroPlan | ArmAnswer): Promise<World> {
    const operations: Record<string, { put?: LroPlan }> = { [type]: {} };
    const world = await World.create({ operations });
    world.apply(resourceGroup(), resource);
    await world.run();
    expect(world.ready(resource)?.status).toBe("True");
    if ("via" in fail) operations[type] = { put: fail };
    else
      world.arm.inner.answerNext({ method: "PUT", path: /virtualNetworks/ }, (call) => {
        world.arm.inner.put(call.path, { ...call.body });
        return fail;
      });
    world.edit(resource, { spec: { tags: { team: "network" } } });
    await world.advance("via" in fail ? 2500 : 0);
    expect(world.ready(resource)?.status).toBe("False");
    operations[type] = {};
    world.edit(resource, { spec: { tags: { team: "platform" } } });
    await world.advance(2500);
    return world;
  }

  const detect = { [annotations.drift]: "detect" };
  test.each([
    ["by an operation", virtualNetwork(), plan],
    [
      "by an operation, of a resource whose drift is only detected",
      virtualNetwork({}, { annotations: detect }),
      plan,
    ],
    ["at once", virtualNetwork(), json(200, { properties: { provisioningState: "Failed" } })],
  ] as const)("%s is no drift: the earlier one is sent again", async (_name, resource, fail) => {
    const world = await reverted(resource, fail);
    expect(world.arm.resource(networkId)?.["tags"]).toEqual({ team: "platform" });
    expect(world.ready(resource)).toMatchObject({ status: "True", observedGeneration: 3 });
    expect(world.events().filter((event) => event.includes("Drift"))).toEqual([]);
  });
});

describe("an operation that somebody else started", () => {
  test("is followed instead of written over when a Ready resource is compared", async () => {
    const world = await World.create();
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();
    world.loseLedger();
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: { annotations: { [annotations.acceptedGoal]: null } },
    });
    world.arm.inner.mutate(networkId, { properties: { provisioningState: "Updating" } });
    await world.run();
    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).toContain(networkId);
    world.arm.inner.mutate(networkId, { properties: { provisioningState: "Succeeded" } });
    await world.advance(120_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });
});

describe("a resume token that was edited", () => {
  test("to point to another host is told and nothing is sent", async () => {
    const world = await worldWith({ via: "asyncOperation", polls: 5, retryAfterSeconds: 5 });
    const token = world.annotation(virtualNetwork(), annotations.pollerResumeToken) ?? "";
    const edited = token.replaceAll("management.azure.com", "evil.example");
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: { annotations: { [annotations.pollerResumeToken]: edited } },
    });
    const calls = world.since();
    await world.advance(60_000);
    expect(calls()).toEqual([]);
    expect(world.ready(virtualNetwork())).toMatchObject({ reason: "Failed", status: "False" });
    expect(world.ready(virtualNetwork())?.message).toContain("evil.example");
  });

  test("to be no token is told, and removing it heals the resource without a second PUT", async () => {
    const world = await worldWith({ via: "asyncOperation", polls: 1, retryAfterSeconds: 5 });
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: { annotations: { [annotations.pollerResumeToken]: "not json" } },
    });
    await world.advance(10_000);
    expect(world.ready(virtualNetwork())?.message).toContain("Remove the annotations");
    world.arm.inner.mutate(networkId, { properties: { provisioningState: "Succeeded" } });
    world.cluster.edit(refOf(virtualNetwork()), {
      metadata: {
        annotations: {
          [annotations.pollerResumeToken]: null,
          [annotations.pollerResumeId]: null,
        },
      },
    });
    await world.advance(300_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    expect(world.calls("PUT", networkId)).toHaveLength(1);
  });
});

test("a creation that runs when adopt: plan is stated goes on: what it makes is managed", async () => {
  const world = await worldWith({ via: "asyncOperation", polls: 2 });
  expect(world.ready(virtualNetwork())?.reason).toBe("Reconciling");
  world.edit(virtualNetwork(), { metadata: { annotations: { [annotations.adopt]: "plan" } } });
  await world.advance(60_000);
  expect(world.ready(virtualNetwork())?.status).toBe("True");
  expect(world.calls("PUT", networkId)).toHaveLength(1);
});
