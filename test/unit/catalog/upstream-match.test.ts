import { beforeAll, describe, expect, it } from "vitest";
import { ArmTypes } from "../../../infra/catalog/arm-types.ts";
import { buildCatalog, type CatalogBuild } from "../../../infra/catalog/build-catalog.ts";
import { catalogFiles, differences } from "../../../infra/catalog/catalog-files.ts";
import { type CrdKind, readCrds, type Schema } from "../../../infra/catalog/crd-source.ts";
import { readOverrides } from "../../../infra/catalog/overrides.ts";
import { loadGroup } from "../../../src/catalog/index.ts";
import { buildCrd } from "../../../src/crds/build-crd.ts";
import { versionSchema } from "../../../src/crds/version-schema.ts";
import { committedCatalog, upstream } from "./upstream.ts";

let crds: readonly CrdKind[];
let build: CatalogBuild;

beforeAll(() => {
  crds = readCrds(upstream("aso-crds"));
  build = buildCatalog(
    crds,
    new ArmTypes(upstream("arm-types")),
    readOverrides(upstream("catalog-overrides.json")),
  );
});

describe("the catalog generated anew", () => {
  it("equals the committed one, file by file", () => {
    expect(differences(committedCatalog, catalogFiles(build.groups))).toEqual([]);
  });

  it("maps every property of every kind and version", () => {
    expect(build.problems).toEqual([]);
    expect(build).toMatchObject({
      kinds: 294,
      versions: 777,
      specPaths: 22_119,
      statusPaths: 33_402,
    });
  });
});

describe("schemas rebuilt from the catalog", () => {
  it("are those of Azure Service Operator for every version, descriptions and int32 apart", async () => {
    const wrong: string[] = [];
    for (const crd of crds) {
      const group = await loadGroup(crd.group);
      const kind = group?.kinds[crd.kind];
      if (group === undefined || kind === undefined) throw new Error(`${crd.kind} is not there`);
      for (const version of crd.versions) {
        const { spec, status } = versionSchema(group, kind, version.name).properties ?? {};
        const original = { spec: bare(version.spec), status: bare(version.status) };
        if (canonical({ spec, status }) !== canonical(original)) {
          wrong.push(`${crd.group}/${version.name} ${crd.kind}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("keep the names by which kubectl finds a kind", async () => {
    for (const crd of crds) {
      const group = await loadGroup(crd.group);
      const kind = group?.kinds[crd.kind];
      if (group === undefined || kind === undefined) throw new Error(`${crd.kind} is not there`);
      const { names } = buildCrd(group, crd.kind, kind, Object.keys(kind.versions), "1").spec;
      expect(names).toMatchObject({
        kind: crd.kind,
        plural: crd.plural,
        categories: crd.categories,
      });
    }
  });
});

/** Without descriptions, and without the format that would refuse half of all AS numbers. */
function bare(schema: Schema): unknown {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      (key === "description" && typeof value === "string") ||
      (key === "format" && value === "int32")
        ? undefined
        : value,
    ),
  );
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) =>
    typeof child === "object" && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1)))
      : child,
  );
}
