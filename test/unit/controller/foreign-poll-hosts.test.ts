import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/controller/engine.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import type { Arm } from "../../../src/ports/arm.ts";
import type { LroPlan } from "../../doubles/in-memory-arm.ts";
import { networkId, refOf, resourceGroup, virtualNetwork } from "./samples.ts";
import { World } from "./world.ts";

const providerHost = "westus2.rp.kubernetesconfiguration.azure.com";
const plan: LroPlan = { via: "asyncOperation", polls: 2, retryAfterSeconds: 5 };
const type = "Microsoft.Network/virtualNetworks";

/** ARM of a resource provider that names polling URLs on a host of its own. */
function withProviderHost(engine: Engine): Engine {
  const arm: Arm = {
    send: async (request, credential, signal) => {
      const answer = await engine.arm.send(request, credential, signal);
      if (answer.kind !== "response") return answer;
      const headers = Object.entries(answer.headers).map(([name, value]) => [
        name,
        value.replace("management.azure.com", providerHost),
      ]);
      return { ...answer, headers: Object.fromEntries(headers) };
    },
  };
  return { ...engine, arm };
}

const worldWith = (settings = {}) =>
  World.create({
    operations: { [type]: { put: plan, delete: plan } },
    allowedHosts: [providerHost],
    settings,
    wrap: withProviderHost,
  });

describe("a polling URL on a host of a resource provider", () => {
  test("gets no token: the resource itself is followed to Ready and, when it is deleted, until it is gone", async () => {
    const world = await worldWith();
    world.apply(resourceGroup(), virtualNetwork());
    await world.run();

    expect(world.annotation(virtualNetwork(), annotations.pollerResumeToken)).not.toContain(
      providerHost,
    );
    await world.advance(120_000);
    expect(world.ready(virtualNetwork())?.status).toBe("True");
    world.cluster.delete(refOf(virtualNetwork()));
    await world.advance(60_000);
    expect(world.ready(virtualNetwork())?.reason).toBe("Deleting");
    world.arm.inner.remove(networkId);
    await world.advance(120_000);

    expect(world.get(virtualNetwork())).toBeUndefined();
    expect(world.arm.inner.resource(networkId)).toBeUndefined();
    expect(world.writes()).toMatchObject({ [`PUT ${networkId}`]: 1, [`DELETE ${networkId}`]: 1 });
    expect(world.arm.inner.calls.filter(({ url }) => url.includes(providerHost))).toEqual([]);
  });

  test("is polled when the app's allow-list names it", async () => {
    const world = await worldWith({ armHosts: [providerHost] });
    world.apply(resourceGroup(), virtualNetwork());
    await world.advance(120_000);

    expect(world.ready(virtualNetwork())?.status).toBe("True");
    const polled = world.arm.inner.calls.filter(({ url }) => url.includes(providerHost));
    expect(polled.map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
  });
});
