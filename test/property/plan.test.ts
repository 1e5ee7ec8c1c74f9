import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObjectType } from "../../src/catalog/types.ts";
import type { KindVersion } from "../../src/core/convert/kind-version.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { planManifests } from "../../src/plan/plan-manifests.ts";
import { isPlannable } from "../../src/plan/plan-types.ts";
import { planAsJson } from "../../src/plan/show-plan.ts";
import { everyVersion } from "./catalog-versions.ts";
import { objectOf } from "./schema-values.ts";

const versions = await everyVersion();
const settings = { subscription: "sub", showSecrets: false };

/** What a plan may say on a Ready condition (aso-features 5): nothing else comes of gathering a goal. */
const reasons = new Set([
  "WaitingForOwner",
  "ReferenceNotFound",
  "SecretNotFound",
  "ConfigMapNotFound",
  "SubscriptionMismatch",
  "Failed",
]);

const names = fc.constantFrom("a", "b", "c");

/** Resources of one namespace that own, and refer to, each other or something that is not there. */
const groups = fc
  .uniqueArray(names, { minLength: 1 })
  .map((found) =>
    found.map((name) => object("resources.azure.com/v1api20200601", "ResourceGroup", name)),
  );
const networks = fc
  .uniqueArray(fc.record({ name: names, owner: names }), { selector: ({ name }) => name })
  .map((found) =>
    found.map(({ name, owner }) =>
      object("network.azure.com/v1api20240301", "VirtualNetwork", name, { owner: { name: owner } }),
    ),
  );
const subnets = fc
  .uniqueArray(fc.record({ name: names, owner: names, routes: fc.option(names) }), {
    selector: ({ name }) => name,
  })
  .map((found) =>
    found.map(({ name, owner, routes }) => {
      const reference = { group: "network.azure.com", kind: "RouteTable", name: routes };
      return object("network.azure.com/v1api20240301", "VirtualNetworksSubnet", name, {
        owner: { name: owner },
        ...(routes === null ? {} : { routeTable: { reference } }),
      });
    }),
  );
const tables = fc
  .uniqueArray(fc.record({ name: names, owner: names }), { selector: ({ name }) => name })
  .map((found) =>
    found.map(({ name, owner }) =>
      object("network.azure.com/v1api20240301", "RouteTable", name, { owner: { name: owner } }),
    ),
  );
const manifests = fc.tuple(groups, networks, subnets, tables).map((all) => all.flat());

describe("a plan", () => {
  it("does not depend on the order of the manifests", async () => {
    await fc.assert(
      fc.asyncProperty(shuffled(manifests), async ([objects, others]) => {
        expect(await planned(others)).toEqual(await planned(objects));
      }),
      { numRuns: 100 },
    );
  });

  it("has every resource once, and none before its owner", async () => {
    await fc.assert(
      fc.asyncProperty(manifests, async (objects) => {
        const entries = await planned(objects);
        expect(entries.map(nameOf).toSorted()).toEqual(objects.map(nameOf).toSorted());
        const urls = entries.flatMap(({ url }) => (typeof url === "string" ? [path(url)] : []));
        for (const [at, url] of urls.entries())
          expect(urls.slice(0, at).some((earlier) => earlier.startsWith(`${url}/`))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it("is total on what the schemas allow: a request, or a known condition", async () => {
    const any = fc
      .constantFrom(...versions)
      .chain((version) =>
        resourceOf(version.types, version).map((resource) => ({ version, resource })),
      );
    await fc.assert(
      fc.asyncProperty(any, async ({ resource }) => {
        const plan = await planManifests([{ object: resource, where: "" }], settings);
        if (plan.kind === "unusable") throw new Error(plan.reason);
        for (const entry of plan.entries) {
          const { outcome } = entry;
          if (outcome.kind === "condition") expect(reasons).toContain(outcome.problem.reason);
          else if (!isPlannable(entry)) expect(outcome).toMatchObject({ kind: "refused" });
        }
      }),
      { numRuns: 300 },
    );
  });
});

function resourceOf(types: readonly ObjectType[], version: KindVersion): fc.Arbitrary<JsonObject> {
  const armId = "/subscriptions/sub/resourceGroups/g";
  return objectOf(types, version.spec ?? -1).map((spec) =>
    object(`${version.group}/${version.version}`, version.kind, "x", {
      ...spec,
      ...(version.owner === undefined ? {} : { owner: { armId } }),
    }),
  );
}

function shuffled<T>(list: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> {
  return list.chain((all) =>
    fc.shuffledSubarray(all, { minLength: all.length }).map((other): [T[], T[]] => [all, other]),
  );
}

async function planned(objects: readonly JsonObject[]): Promise<JsonObject[]> {
  const plan = await planManifests(
    objects.map((one) => ({ object: one, where: "" })),
    settings,
  );
  if (plan.kind === "unusable") throw new Error(plan.reason);
  return planAsJson(plan.entries);
}

function object(apiVersion: string, kind: string, name: string, spec?: JsonObject): JsonObject {
  const metadata = { name, namespace: "team" };
  return { apiVersion, kind, metadata, spec: { location: "westus3", ...spec } };
}

function nameOf(one: JsonObject): string {
  const resource = (one["resource"] ?? one) as JsonObject;
  const metadata = (resource["metadata"] ?? resource) as JsonObject;
  return `${String(resource["kind"])} ${String(metadata["name"])}`;
}

function path(url: string): string {
  return new URL(url).pathname;
}
