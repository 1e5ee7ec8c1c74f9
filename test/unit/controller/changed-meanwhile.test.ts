import { describe, expect, test } from "vitest";
import { annotations } from "../../../src/core/resource/names.ts";
import { intercept } from "../../doubles/intercept.ts";
import { namespace, refOf, resourceGroup } from "./samples.ts";
import { World } from "./world.ts";

const detached = { [annotations.reconcilePolicy]: "detach-on-delete" };

async function ready(): Promise<World> {
  const world = await World.create();
  world.apply(resourceGroup({ tags: { a: "1" } }));
  await world.run();
  return world;
}

describe("who deletes a resource while a pass works on it", () => {
  test("and let go of it first deletes nothing in Azure", async () => {
    const world = await ready();
    world.edit(resourceGroup(), { spec: { tags: { a: "2" } } });
    world.arm.inner.answerNext({ method: "PUT" }, () => {
      world.edit(resourceGroup(), { metadata: { annotations: detached } });
      world.cluster.delete(refOf(resourceGroup()));
      return undefined;
    });
    await world.run();
    expect(world.get(resourceGroup())).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("and let go of its namespace first deletes nothing in Azure", async () => {
    const world = await ready();
    world.edit(resourceGroup(), { spec: { tags: { a: "2" } } });
    world.arm.inner.answerNext({ method: "PUT" }, () => {
      world.cluster.putNamespace(namespace, detached);
      world.cluster.delete(refOf(resourceGroup()));
      return undefined;
    });
    await world.run();
    expect(world.get(resourceGroup())).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("and lets go of it in the last moment deletes nothing in Azure", async () => {
    const world = await ready();
    world.cluster.delete(refOf(resourceGroup()));
    world.arm.inner.answerNext({ method: "GET" }, () => {
      world.edit(resourceGroup(), { metadata: { annotations: detached } });
      return undefined;
    });
    await world.run();
    expect(world.get(resourceGroup())).toBeUndefined();
    expect(world.calls("DELETE")).toEqual([]);
  });

  test("is forgotten when it is gone before the mark of its adoption is written", async () => {
    const world = await ready();
    const plan = { [annotations.adopt]: "plan" };
    world.edit(resourceGroup(), { metadata: { annotations: plan } });
    const wrapped = world.engine.clusters;
    world.engine = {
      ...world.engine,
      clusters: {
        get: async (name) =>
          intercept(await wrapped.get(name), {
            patchMetadata: async () => {
              world.edit(resourceGroup(), { metadata: { finalizers: [] } });
              world.cluster.delete(refOf(resourceGroup()));
              return { kind: "notFound" };
            },
          }),
      },
    };
    await world.run();
    expect(world.errors()).toEqual([]);
    expect(world.calls("DELETE")).toEqual([]);
  });
});
