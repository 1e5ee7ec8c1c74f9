import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import { buildCrd, type CustomResourceDefinition } from "../../../src/crds/build-crd.ts";
import { describeDifference, jsonDifferences } from "../../../src/parity/json-difference.ts";
import { type ControlPlane, startControlPlane } from "../../envtest/control-plane.ts";
import { oracleFiles } from "../../parity/oracle.ts";
import { allMembers } from "../../unit/crds/catalog-kinds.ts";

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
const started = performance.now();

beforeAll(async () => {
  plane = await startControlPlane();
  await inParallel(crds, async (crd) => {
    const { status, body } = await plane.api.send("POST", crdsPath, { body: crd });
    accepted.push({ name: crd.metadata.name, status, body });
  });
  await plane.api.must("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
  await untilServed();
}, 180_000);

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
    expect(samples.length).toBeGreaterThan(3_900);
  }, 180_000);

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
  }, 180_000);

  it("cannot change name or owner once Azure has them, and are told so", async () => {
    const one = new Map(samples.map((sample) => [sample.kind.plural + sample.kind.group, sample]));
    expect(one.size).toBe(293);
    const wrong: string[] = [];
    const edits = { azureName: 0, owner: 0 };
    await inParallel([...one.values()], async (sample) => {
      const path = `${pathOf(sample)}/${sample.name}`;
      const status = { conditions: [ready], ...statusIdOf(sample) };
      await plane.api.must("PATCH", `${path}/status`, { body: { status } });
      for (const { field, spec, message } of forbiddenEdits(sample)) {
        const { status: code, body } = await plane.api.send("PATCH", path, { body: { spec } });
        edits[field] += 1;
        const said = isJsonObject(body) ? String(body["message"]) : "";
        if (code !== 422 || !said.includes(`spec.${field}: Forbidden: ${message}`))
          wrong.push(`${sample.id} ${field}: ${code} ${said}`);
      }
      const { status: code } = await plane.api.send("PATCH", path, {
        body: { metadata: { labels: { edited: "yes" } } },
      });
      if (code !== 200) wrong.push(`${sample.id}: an edit that changes nothing was refused`);
    });
    expect(wrong).toEqual([]);
    expect(edits).toEqual({ azureName: 258, owner: 291 });
  }, 180_000);
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

/** Kinds whose status has no id say by the condition alone that they exist. */
function statusIdOf({ cr }: Sample): JsonObject {
  return hasProperty(cr, "status", "id") ? { id: "/subscriptions/s" } : {};
}

function forbiddenEdits({ cr }: Sample) {
  const edits: { field: "azureName" | "owner"; spec: JsonObject; message: string }[] = [];
  if (hasProperty(cr, "spec", "azureName")) {
    const message = "the name in Azure cannot change once the resource exists there";
    edits.push({ field: "azureName", spec: { azureName: "other-name" }, message });
  }
  if (hasProperty(cr, "spec", "owner")) {
    const message = "the owner cannot change once the resource exists in Azure";
    const owner = { armId: "/subscriptions/s/resourceGroups/other", name: null, group: null };
    edits.push({ field: "owner", spec: { owner: { ...owner, kind: null } }, message });
  }
  return edits;
}

function hasProperty(cr: JsonObject, part: "spec" | "status", name: string): boolean {
  return schemaOf(cr)?.properties?.[part]?.properties?.[name] !== undefined;
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
