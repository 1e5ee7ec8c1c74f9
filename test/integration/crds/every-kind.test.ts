import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import { buildCrd, type CustomResourceDefinition } from "../../../src/crds/build-crd.ts";
import type { OpenApiSchema } from "../../../src/crds/openapi-schema.ts";
import { describeDifference, jsonDifferences } from "../../../src/parity/json-difference.ts";
import { type ControlPlane, startControlPlane } from "../../envtest/control-plane.ts";
import { oracleFiles } from "../../parity/oracle.ts";
import { allMembers } from "../../unit/crds/catalog-kinds.ts";
import { minimalSpec } from "./minimal-spec.ts";

/** A custom resource of a parity case under a name of its own: names may repeat between cases. */
type Sample = {
  readonly id: string;
  readonly cr: JsonObject;
  readonly name: string;
  readonly kind: Kind;
};

type Kind = { readonly plural: string; readonly group: string };

const namespace = "parity";
const crdsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const parallel = 8;

const members = await allMembers();
const crds = members.map(({ group, name, kind }) =>
  buildCrd(group, name, kind, Object.keys(kind.versions), "1.2.3"),
);
const samples = await parityResources();
let plane: ControlPlane;
const accepted: { readonly name: string; readonly status: number; readonly body: unknown }[] = [];

beforeAll(async () => {
  plane = await startControlPlane();
  await inParallel(crds, async (crd) => {
    const { status, body } = await plane.api.send("POST", crdsPath, { body: crd });
    accepted.push({ name: crd.metadata.name, status, body });
  });
  await plane.api.must("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
  await untilServed();
}, 300_000);

afterAll(() => plane?.stop());

describe("all CRDs on a real API server", () => {
  it("are accepted in one go", () => {
    expect(accepted.filter(({ status }) => status !== 201)).toEqual([]);
    expect(accepted).toHaveLength(294);
  });

  it("are established, every version served", async () => {
    const { items } = (await plane.api.must("GET", crdsPath)) as { items: ReadCrd[] };
    const waiting = items.filter(({ status }) => {
      const conditions = status.conditions ?? [];
      return ["Established", "NamesAccepted"].some(
        (type) => !conditions.some((one) => one.type === type && one.status === "True"),
      );
    });
    expect(waiting.map(({ metadata }) => metadata.name)).toEqual([]);
    const flaws = items.flatMap(({ status }) =>
      (status.conditions ?? []).filter(
        ({ type, status: state }) => type === "NonStructuralSchema" && state === "True",
      ),
    );
    expect(flaws).toEqual([]);
  });
});

describe("the custom resources of every parity case", () => {
  const refused: string[] = [];

  it("are created under strict validation", async () => {
    await inParallel(samples, async (sample) => {
      const path = `${pathOf(sample)}?fieldValidation=Strict`;
      const { status, body } = await plane.api.send("POST", path, { body: objectOf(sample) });
      if (status !== 201) refused.push(`${sample.id}: ${status} ${JSON.stringify(body)}`);
    });
    expect(refused).toEqual([]);
    expect(samples.length).toBeGreaterThanOrEqual(3_997);
  }, 300_000);

  it("are read back as they were written, at the version they were written at", async () => {
    const changed: string[] = [];
    const byPath = Map.groupBy(samples, pathOf);
    await inParallel([...byPath], async ([path, written]) => {
      const { items } = (await plane.api.must("GET", path)) as { items: ReadResource[] };
      const specs = new Map(items.map(({ metadata, spec }) => [metadata.name, spec]));
      for (const { id, name, cr } of written) {
        const found = jsonDifferences(cr["spec"], specs.get(name));
        if (found.length > 0) changed.push(`${id}: ${found.map(describeDifference).join("; ")}`);
      }
    });
    expect(changed).toEqual([]);
  }, 300_000);

  it("cannot change name or owner once Azure has them, and are told so, whatever the kind", async () => {
    const wrong: string[] = [];
    const edits = { azureName: 0, owner: 0 };
    await inParallel(onePerKind(), async (sample) => {
      const path = `${pathOf(sample)}/${sample.name}`;
      await plane.api.must("POST", pathOf(sample), { body: objectOf(sample) });
      const status = statusOf(sample);
      await plane.api.must("PATCH", `${path}/status`, { body: { status } });
      for (const edit of forbiddenEdits(sample)) {
        edits[edit.field] += 1;
        const said = await refusalOf(path, edit.spec);
        if (!said.includes(`spec.${edit.field}: Forbidden: ${edit.message}`))
          wrong.push(`${sample.id} ${edit.field}: ${said}`);
      }
      const harmless = { metadata: { labels: { edited: "yes" } } };
      await plane.api.must("PATCH", path, { body: harmless });
    });
    expect(wrong).toEqual([]);
    expect(edits).toEqual({ azureName: 261, owner: 291 });
  }, 300_000);
});

/** What the API server says to a change of the spec that it refuses as invalid. */
async function refusalOf(path: string, spec: JsonObject): Promise<string> {
  const { status, body } = await plane.api.send("PATCH", path, { body: { spec } });
  const said = isJsonObject(body) ? String(body["message"]) : "";
  return status === 422 ? said : `${status} ${said}`;
}

describe("the name of a resource in Azure", () => {
  const path = `/apis/resources.azure.com/v1api20200601/namespaces/${namespace}/resourcegroups`;

  async function edited(name: string, azureName: string | null): Promise<number> {
    const { status } = await plane.api.send("PATCH", `${path}/${name}`, {
      body: { spec: { azureName } },
    });
    return status;
  }

  async function created(name: string, spec: JsonObject, condition?: JsonObject): Promise<void> {
    const type = { apiVersion: "resources.azure.com/v1api20200601", kind: "ResourceGroup" };
    await plane.api.must("POST", path, { body: { ...type, metadata: { name }, spec } });
    if (condition === undefined) return;
    const status = { conditions: [{ ...ready, ...condition }] };
    await plane.api.must("PATCH", `${path}/${name}/status`, { body: { status } });
  }

  it("may be corrected until the resource is sent", async () => {
    await created("early", { location: "westus3" });
    expect(await edited("early", "first")).toBe(200);
    await created(
      "waiting",
      { location: "westus3", azureName: "wrong" },
      {
        status: "False",
        reason: "WaitingForOwner",
      },
    );
    expect(await edited("waiting", "right")).toBe(200);
  });

  it("may be written out, but neither changed nor taken away from then on", async () => {
    const sent = { status: "False", reason: "Reconciling" };
    await created("unset", { location: "westus3" }, sent);
    expect(await edited("unset", "unset")).toBe(200);
    expect(await edited("unset", "other")).toBe(422);
    await created("set", { location: "westus3", azureName: "named" }, sent);
    expect(await edited("set", "other")).toBe(422);
    expect(await edited("set", null)).toBe(422);
    expect(await edited("set", "named")).toBe(200);
  });
});

type ReadCrd = {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

type ReadResource = { readonly metadata: { readonly name: string }; readonly spec: JsonValue };

const ready = {
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  lastTransitionTime: "2026-01-01T00:00:00Z",
};

/** The smallest resource of every kind, at the version that it is stored at. */
function onePerKind(): Sample[] {
  return crds.map(({ spec }) => {
    const version = spec.versions.find(({ storage }) => storage);
    const schema = version?.schema.openAPIV3Schema.properties?.["spec"] ?? {};
    const owner = schema.properties?.["owner"];
    const cr: JsonObject = {
      apiVersion: `${spec.group}/${version?.name}`,
      kind: spec.names.kind,
      spec: { ...minimalSpec(schema), ...(owner === undefined ? {} : { owner: ownerOf(owner) }) },
    };
    const kind = { plural: spec.names.plural, group: spec.group };
    return { id: `${spec.group}/${spec.names.kind}`, cr, name: "minimal", kind };
  });
}

function ownerOf({ properties = {} }: OpenApiSchema): JsonObject {
  const armId = "/subscriptions/s/resourceGroups/g";
  return properties["armId"] === undefined ? { name: "owner" } : { armId };
}

/** Kinds whose status has no id say by the condition alone that they exist. */
function statusOf({ cr }: Sample): JsonObject {
  const schema = schemaOf(cr)?.properties?.["status"] ?? {};
  const id = hasProperty(cr, "status", "id") ? { id: "/subscriptions/s" } : {};
  return { ...minimalSpec(schema), ...id, conditions: [ready] };
}

function forbiddenEdits({ cr }: Sample) {
  const edits: { field: "azureName" | "owner"; spec: JsonObject; message: string }[] = [];
  if (hasProperty(cr, "spec", "azureName")) {
    const message = "the name in Azure cannot change once the resource exists there";
    edits.push({ field: "azureName", spec: { azureName: "other-name" }, message });
  }
  if (hasProperty(cr, "spec", "owner")) {
    const message = "the owner cannot change once the resource exists in Azure";
    const byName = !hasProperty(cr, "spec", "owner", "armId");
    const owner = byName ? { name: "other" } : { armId: "/subscriptions/s/resourceGroups/other" };
    edits.push({ field: "owner", spec: { owner }, message });
  }
  return edits;
}

function hasProperty(cr: JsonObject, ...path: readonly string[]): boolean {
  let schema = schemaOf(cr);
  for (const name of path) schema = schema?.properties?.[name];
  return schema !== undefined;
}

function schemaOf(cr: JsonObject) {
  const [group, version] = String(cr["apiVersion"]).split("/");
  const crd = crds.find(
    ({ spec }: CustomResourceDefinition) => spec.group === group && spec.names.kind === cr["kind"],
  );
  return crd?.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
}

async function parityResources(): Promise<Sample[]> {
  const files = [...(await oracleFiles("cases")), ...(await oracleFiles("synthetic/put"))];
  const cases = (await Promise.all(files.map((file) => file.read()))).flat();
  const plurals = new Map(
    members.map(({ group, name, kind }) => [`${group.group}/${name}`, kind.plural]),
  );
  return cases.map(({ id, cr }, index) => {
    if (!isJsonObject(cr)) throw new Error(`case ${String(id)} has no cr`);
    const [group = ""] = String(cr["apiVersion"]).split("/");
    const plural = plurals.get(`${group}/${String(cr["kind"])}`) ?? "";
    return { id: String(id), cr, name: `case-${index}`, kind: { plural, group } };
  });
}

function objectOf({ cr, name }: Sample): JsonObject {
  return { ...cr, metadata: { name, namespace } };
}

function pathOf({ cr, kind }: Sample): string {
  return `/apis/${String(cr["apiVersion"])}/namespaces/${namespace}/${kind.plural}`;
}

/** Waits until discovery shows every version of every kind. */
async function untilServed(): Promise<void> {
  const wanted = crds.reduce((sum, crd) => sum + crd.spec.versions.length, 0);
  const accept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
  for (;;) {
    const { items } = (await plane.api.must("GET", "/apis", { accept })) as { items: Discovered[] };
    const served = items
      .filter(({ metadata }) => metadata.name.endsWith(".azure.com"))
      .flatMap(({ versions }) => versions.flatMap(({ resources }) => resources ?? []));
    if (served.length >= wanted) return;
    await sleep(500);
  }
}

type Discovered = {
  readonly metadata: { readonly name: string };
  readonly versions: readonly { readonly resources?: readonly unknown[] }[];
};

async function inParallel<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await run(one);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}
