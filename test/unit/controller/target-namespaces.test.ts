import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/controller/engine.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { groupId, namespace, refOf, resourceGroup } from "./samples.ts";
import { hour, World } from "./world.ts";

/** An engine whose cluster is managed in these namespaces only; the list may change while it runs. */
function managing(namespaces: { list: readonly string[] }) {
  return (engine: Engine): Engine => {
    const { registry } = engine;
    return {
      ...engine,
      registry: {
        bindUid: (name, uid) => registry.bindUid(name, uid),
        setPaused: (name, paused) => registry.setPaused(name, paused),
        list: async () =>
          (await registry.list()).map((one) => ({ ...one, namespaces: namespaces.list })),
      },
    };
  };
}

const other: NewResource = {
  ...resourceGroup(),
  metadata: { name: "other-rg", namespace: "elsewhere" },
};

describe("target namespaces", () => {
  test("are managed; what stands in another one is left as it is", async () => {
    const world = await World.create({ wrap: managing({ list: [namespace] }) });
    world.apply(resourceGroup(), other);
    const before = world.get(other);
    await world.advance(2 * hour);

    expect(world.ready(resourceGroup())?.status).toBe("True");
    expect(world.get(other)).toEqual(before);
    expect(world.writes()).toEqual({ [`PUT ${groupId}`]: 1 });
    expect(await world.row(other)).toBeUndefined();
  });

  test("that are taken off the list rest: no edit and no deletion reaches Azure until they are on it again", async () => {
    const namespaces = { list: [namespace, "elsewhere"] };
    const world = await World.create({ wrap: managing(namespaces) });
    world.apply(resourceGroup(), other);
    await world.run();
    namespaces.list = ["elsewhere"];
    const calls = world.since();
    world.edit(resourceGroup(), { spec: { tags: { a: "b" } } });
    await world.advance(2 * hour);
    world.cluster.delete(refOf(resourceGroup()));
    await world.advance(2 * hour);
    expect(calls().filter(({ path }) => path === groupId)).toEqual([]);
    expect(world.get(resourceGroup())?.metadata.deletionTimestamp).toBeDefined();

    namespaces.list = [namespace, "elsewhere"];
    await world.advance(hour);

    expect(world.get(resourceGroup())).toBeUndefined();
    expect(world.calls("DELETE", groupId)).toHaveLength(1);
  });

  test("cost nothing where they are not managed, however often a Secret there changes", async () => {
    const namespaces = { list: [namespace] };
    const world = await World.create({ wrap: managing(namespaces) });
    world.cluster.putSecret(namespace, "aso-credential", { AZURE_SUBSCRIPTION_ID: "broken" });
    world.apply(resourceGroup());
    await world.run();
    expect(world.ready(resourceGroup())?.status).toBe("False");
    namespaces.list = [];
    await world.run();
    const handled = world.handled;
    world.cluster.putSecret(namespace, "aso-credential", { AZURE_SUBSCRIPTION_ID: "other" });
    for (let scans = 0; scans < 5; scans++) await world.run();

    expect(world.handled).toBe(handled);
  });
});
