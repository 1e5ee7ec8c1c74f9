import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";

const program = path.resolve(import.meta.dirname, "../../../infra/catalog/generate.ts");
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "catalog-"));
  mkdirSync(path.join(directory, "crds"));
  mkdirSync(path.join(directory, "types"));
  writeCrd({ location: { type: "string" }, size: { type: "integer" } });
  writeTypes({ location: 1, properties: 2 });
  writeOverrides({});
});

afterEach(() => rmSync(directory, { recursive: true }));

describe("generate", () => {
  it("writes one file per group and an index of them", () => {
    const run = generate("--out", inDirectory("out"));
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.stdout).toBe("1 kinds, 1 versions, 2 spec paths, 1 status paths\n");
    const file = JSON.parse(readFileSync(inDirectory("out/toys.json"), "utf8"));
    expect(file.kinds.Toy).toEqual({
      plural: "toys",
      arm: "Microsoft.Toys/toys",
      scope: "rg",
      owner: "resources/ResourceGroup",
      versions: {
        v20240101: {
          api: "2024-01-01",
          spec: 0,
          status: 1,
          req: ["owner"],
          name: { maxLength: 9 },
        },
      },
    });
    expect(file.types).toEqual([{ location: "s", size: { t: "i", f: 1 } }, { location: "s" }]);
    expect(readFileSync(inDirectory("out/groups.ts"), "utf8")).toContain('import("./toys.json"');
  });

  it("gives the same bytes when it runs again", () => {
    generate("--out", inDirectory("out"));
    expect(generate("--against", inDirectory("out"))).toMatchObject({ status: 0, stderr: "" });
  });

  it("tells which file differs from the catalog it is compared with", () => {
    generate("--out", inDirectory("out"));
    writeFileSync(inDirectory("out/toys.json"), "{}");
    writeFileSync(inDirectory("out/gone.json"), "{}");
    const run = generate("--against", inDirectory("out"));
    expect(run).toMatchObject({
      status: 1,
      stderr: "toys.json: differs\ngone.json: of no group\n",
    });
    expect(run.stdout).toContain("\nadded toys/Toy: v20240101\n");
    expect(readFileSync(inDirectory("out/toys.json"), "utf8")).toBe("{}");
  });

  it("tells what another release means for a kind", () => {
    generate("--out", inDirectory("out"));
    writeCrd({ location: { type: "integer" }, weight: { type: "number" } });
    writeTypes({ location: 1, weight: 1, properties: 2 });
    const run = generate("--against", inDirectory("out"));
    expect(run).toMatchObject({ status: 1, stderr: "toys.json: differs\n" });
    expect(run.stdout).toContain(
      "\nchanged toys/Toy: v20240101 spec.location changed; v20240101 spec.size removed; v20240101 spec.weight added\n",
    );
  });

  it("stops at a property that ARM does not have, naming path and likely entry", () => {
    writeCrd({ location: { type: "string" }, sizes: { type: "integer" } });
    const run = generate("--out", inDirectory("out"));
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(
      'toys/Toy v20240101 spec.sizes: no ARM property of that name; if it is properties.size, add {"cr": "sizes", "arm": "properties.size"}',
    );
  });

  it("takes the entry it asked for", () => {
    writeCrd({ location: { type: "string" }, sizes: { type: "integer" } });
    writeOverrides({
      paths: [{ group: "toys", kind: "Toy", cr: "sizes", arm: "properties.size", why: "renamed" }],
    });
    const run = generate("--out", inDirectory("out"));
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const file = JSON.parse(readFileSync(inDirectory("out/toys.json"), "utf8"));
    expect(file.types[0]).toEqual({ location: "s", sizes: { t: "i", p: "properties/size" } });
  });
});

describe("generate with input it cannot use", () => {
  it.each([
    {
      because: "an input is missing",
      change: () => rmSync(inDirectory("overrides.json")),
      message: "overrides.json",
    },
    {
      because: "a file is no CRD",
      change: () => writeFileSync(inDirectory("crds/other.yaml"), "kind: ConfigMap\n"),
      message: "other.yaml is not a CustomResourceDefinition",
    },
    {
      because: "an override names a kind that is not there",
      change: () => writeOverrides({ nonArmKinds: ["toys/Doll"] }),
      message: "toys/Doll: named in the overrides, but there is no such CRD",
    },
    {
      because: "a kind does not say its ARM type",
      change: () => writeCrd({}, "no address"),
      message: 'toys.azure.com/Toy v20240101: no "ARM URI" in its description',
    },
    {
      because: "the overrides lack a section",
      change: () => writeFileSync(inDirectory("overrides.json"), "{}"),
      message: "A_conversion",
    },
  ])("fails when $because", ({ change, message }) => {
    change();
    const run = generate("--out", inDirectory("out"));
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(message);
  });

  it("shows its usage when an input is not named", () => {
    const run = spawnSync(process.execPath, [program], { encoding: "utf8" });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("--crds DIR --types DIR --overrides FILE");
  });
});

function inDirectory(name: string): string {
  return path.join(directory, name);
}

function generate(...more: readonly string[]) {
  const inputs = ["--crds", "crds", "--types", "types", "--overrides", "overrides.json"];
  const names = inputs.map((part) => (part.startsWith("--") ? part : inDirectory(part)));
  return spawnSync(process.execPath, [program, ...names, ...more], { encoding: "utf8" });
}

function writeCrd(spec: Record<string, unknown>, description?: string): void {
  const uri = "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.Toys/toys/{name}";
  const owner = {
    type: "object",
    description: "expected to be a\nreference to a resources.azure.com/ResourceGroup resource",
    properties: { armId: { type: "string" }, name: { type: "string" } },
  };
  const properties = {
    spec: {
      type: "object",
      required: ["owner"],
      properties: { azureName: { type: "string", maxLength: 9 }, owner, ...spec },
    },
    status: {
      type: "object",
      properties: { conditions: { type: "array" }, location: { type: "string" } },
    },
  };
  const openAPIV3Schema = { description: description ?? `- ARM URI: ${uri}`, properties };
  const versions = [{ name: "v20240101", schema: { openAPIV3Schema } }];
  const names = { kind: "Toy", plural: "toys", categories: ["azure", "toys"] };
  const crd = { spec: { group: "toys.azure.com", names, versions } };
  writeFileSync(inDirectory("crds/toys.yaml"), stringify(crd));
}

function writeTypes(body: Record<string, number>): void {
  const refs = (names: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(names).map(([name, at]) => [name, { type: { $ref: `#/${at}` }, flags: 0 }]),
    );
  const types = [
    { $type: "ObjectType", name: "Toy", properties: refs(body) },
    { $type: "StringType" },
    { $type: "ObjectType", name: "ToyProperties", properties: refs({ size: 3 }) },
    { $type: "IntegerType" },
    { $type: "ResourceType", name: "x", body: { $ref: "#/0" }, writableScopes: 8 },
  ];
  writeFileSync(inDirectory("types/types.json"), JSON.stringify(types));
  const resources = { "Microsoft.Toys/toys@2024-01-01": { $ref: "types.json#/4" } };
  writeFileSync(inDirectory("types/index.json"), JSON.stringify({ resources }));
}

function writeOverrides(changes: Record<string, unknown>): void {
  const none = {
    paths: [],
    explicitCollections: {},
    explicitEmptyCollections: [],
    nonArmKinds: [],
    configMapExports: {},
    operations: { kinds: {} },
  };
  writeFileSync(
    inDirectory("overrides.json"),
    JSON.stringify({ A_conversion: { ...none, ...changes } }),
  );
}
