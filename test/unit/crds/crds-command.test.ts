import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command, CommanderError } from "commander";
import { afterAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { registerCrds } from "../../../src/cli/crds.ts";

const directory = mkdtempSync(path.join(tmpdir(), "crds-"));
afterAll(() => rmSync(directory, { recursive: true }));

const manifest = file(
  "app.yaml",
  `apiVersion: resources.azure.com/v1api20200601
kind: ResourceGroup
metadata: {name: rg}
---
apiVersion: storage.azure.com/v1api20210401
kind: StorageAccount
metadata: {name: one}
---
apiVersion: storage.azure.com/v20230101
kind: StorageAccount
metadata: {name: two}
`,
);

describe("crds", () => {
  it("prints exactly the kinds and versions that manifests use", async () => {
    const { items } = JSON.parse((await run("--for", manifest, "-o", "json")).out);
    expect(items.map(served)).toEqual([
      ["ResourceGroup", "v1api20200601"],
      ["StorageAccount", "v1api20210401", "v20230101"],
    ]);
  });

  it("serves more versions of the manifests' kinds when asked to", async () => {
    const { out } = await run("--for", manifest, "--versions", "newest", "-o", "json");
    expect(JSON.parse(out).items.map(served)).toEqual([
      ["ResourceGroup", "v1api20200601"],
      ["StorageAccount", "v20250601"],
    ]);
  });

  it("prints YAML documents that mean the same to YAML 1.1, which kubectl reads", async () => {
    const { out } = await run("--kinds", "dataprotection/BackupVault", "--versions", "newest");
    const documents = parseAllDocuments(out);
    const json = (await run("--kinds", "BackupVault", "--versions", "newest", "-o", "json")).out;
    expect(documents.map((document) => document.toJS())).toEqual(JSON.parse(json).items);
    expect(parse(out.replace(/^---\n/, ""), { version: "1.1" })).toEqual(JSON.parse(json).items[0]);
  });

  it("writes one file for each CRD, which mean the same", async () => {
    const folder = path.join(directory, "some", "folder");
    const args = ["--groups", "search", "--kinds", "ResourceGroup", "--descriptions", "none"];
    const { out } = await run(...args, "-o", "dir", "--directory", folder);
    const names = ["resourcegroups.resources.azure.com", "searchservices.search.azure.com"];
    expect(readdirSync(folder).toSorted()).toEqual(names.map((name) => `${name}.yaml`));
    expect(out).toBe(names.map((name) => `${path.join(folder, name)}.yaml\n`).join(""));
    const { items } = JSON.parse((await run(...args, "-o", "json")).out);
    expect(
      names.map((name) => parse(readFileSync(`${path.join(folder, name)}.yaml`, "utf8"))),
    ).toEqual(items);
  });

  it("takes less than 1 MB for the kinds of the sample manifests", async () => {
    const samples = path.resolve(import.meta.dirname, "../../../infra/samples");
    const files = readdirSync(samples).map((name) => path.join(samples, name));
    for (const format of ["json", "yaml"]) {
      const { out } = await run("--for", ...files, "-o", format);
      expect(out.length).toBeLessThan(1_000_000);
    }
  });

  it("serves all versions of a named kind", async () => {
    const { out } = await run("--kinds", "storage/storageaccount", "-o", "json");
    expect(JSON.parse(out).items.map(served)).toEqual([
      [
        "StorageAccount",
        "v1api20210401",
        "v1api20220901",
        "v1api20230101",
        "v20210401",
        "v20220901",
        "v20230101",
        "v20250601",
      ],
    ]);
  });

  it("takes groups and kinds together, each kind once", async () => {
    const { out } = await run(
      "--groups",
      "search,resources.azure.com",
      "--kinds",
      "ResourceGroup",
      "-o",
      "json",
    );
    expect(JSON.parse(out).items.map((crd: Crd) => crd.spec.names.kind)).toEqual([
      "ResourceGroup",
      "SearchService",
    ]);
  });

  it("prints every kind of the catalog", async () => {
    const { out } = await run("--groups", "all", "--versions", "newest", "-o", "json");
    expect(JSON.parse(out).items).toHaveLength(294);
  });
});

describe("crds with input it cannot use", () => {
  it.each([
    { because: "nothing is named", args: [], message: "say which kinds" },
    { because: "a kind is unknown", args: ["--kinds", "Nope"], message: "no kind Nope" },
    {
      because: "a kind is in two groups",
      args: ["--kinds", "account"],
      message: "say which of cognitiveservices/Account, monitor/Account",
    },
    { because: "a group is unknown", args: ["--groups", "nope"], message: "no group nope" },
    {
      because: "a version is unknown",
      args: ["--kinds", "ResourceGroup", "--versions", "v1"],
      message: "has none of these versions; it has v1api20200601",
    },
    {
      because: "the format is unknown",
      args: ["--kinds", "ResourceGroup", "-o", "xml"],
      message: "-o takes yaml, json, dir, not xml",
    },
    {
      because: "descriptions are asked for",
      args: ["--kinds", "ResourceGroup", "--descriptions", "all"],
      message: "--descriptions takes none",
    },
    {
      because: "the folder is a file",
      args: ["--kinds", "ResourceGroup", "-o", "dir", "--directory", manifest],
      message: "cannot write to",
    },
    {
      because: "a file is not there",
      args: ["--for", path.join(directory, "nope.yaml")],
      message: "cannot read",
    },
    {
      because: "a manifest has nothing of Azure",
      args: ["--for", file("none.yaml", "apiVersion: v1\nkind: Secret\n")],
      message: "no object of an *.azure.com group",
    },
    {
      because: "a manifest has an unknown kind",
      args: ["--for", file("kind.yaml", "apiVersion: sql.azure.com/v1\nkind: Nope\n")],
      message: "kind.yaml (Nope): no kind Nope in group sql.azure.com",
    },
    {
      because: "a manifest has an unknown version",
      args: ["--for", file("version.yaml", "apiVersion: sql.azure.com/v2\nkind: User\n")],
      message: "version.yaml (User): User has no version v2; it has v1",
    },
    {
      because: "files and names are mixed",
      args: ["--for", manifest, "--kinds", "ResourceGroup"],
      message: "--for goes without --kinds and --groups",
    },
  ])("ends with exit code 2 when $because", async ({ args, message }) => {
    const { code, out, error } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(message);
  });
});

type Crd = {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
};

function served(crd: Crd): string[] {
  return [crd.spec.names.kind, ...crd.spec.versions.map((version) => version.name)];
}

function file(name: string, text: string): string {
  writeFileSync(path.join(directory, name), text);
  return path.join(directory, name);
}

async function run(...args: readonly string[]) {
  const result = { code: 0, out: "", error: "" };
  const program = new Command("aso-functions").exitOverride().configureOutput({
    writeOut: (text) => {
      result.out += text;
    },
    writeErr: (text) => {
      result.error += text;
    },
  });
  registerCrds(program);
  try {
    await program.parseAsync(["crds", ...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    result.code = error.exitCode;
  }
  return result;
}
