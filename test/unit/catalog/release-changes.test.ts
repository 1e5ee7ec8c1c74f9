import { describe, expect, it } from "vitest";
import { readCatalog } from "../../../infra/catalog/catalog-files.ts";
import { releaseChanges } from "../../../infra/catalog/release-changes.ts";
import type { CatalogGroup, CatalogKind } from "../../../src/catalog/types.ts";
import { committedCatalog } from "./upstream.ts";

const group: CatalogGroup = {
  group: "toys.azure.com",
  types: [
    { "!": ["name"], name: "s", parts: { t: "a", e: { t: "o", o: 1 } } },
    { size: { t: "i", f: 1 }, inner: { t: "o", o: 1 } },
  ],
  kinds: {
    Toy: {
      plural: "toys",
      arm: "Microsoft.Toys/toys",
      scope: "rg",
      versions: { v20230101: { same: "v20240101" }, v20240101: { spec: 0, api: "2024-01-01" } },
    },
  },
};
const toy = group.kinds["Toy"] as CatalogKind;

function withToy(change: Partial<CatalogKind>, types = group.types): CatalogGroup[] {
  return [{ ...group, types, kinds: { Toy: { ...toy, ...change } } }];
}

describe("releaseChanges", () => {
  it.each<{ because: string; after: CatalogGroup[]; lines: string[] }>([
    { because: "nothing changed", after: [group], lines: [] },
    {
      because: "the numbers of types are no change",
      after: withToy({ versions: { ...toy.versions, v20240101: { spec: 1, api: "2024-01-01" } } }, [
        { size: { t: "i", f: 1 }, inner: { t: "o", o: 0 } },
        { "!": ["name"], name: "s", parts: { t: "a", e: { t: "o", o: 0 } } },
      ]),
      lines: [],
    },
    { because: "kinds go", after: [], lines: ["removed toys/Toy: v20230101, v20240101"] },
    {
      because: "kinds come",
      after: [group, { ...group, group: "dolls.azure.com" }],
      lines: ["added dolls/Toy: v20230101, v20240101"],
    },
    {
      because: "versions come and go",
      after: withToy({
        versions: { v20240101: { spec: 0, api: "2024-01-01" }, v20250101: { spec: 0 } },
      }),
      lines: ["changed toys/Toy: version v20230101 removed; version v20250101 added"],
    },
    {
      because: "facts of the kind change",
      after: withToy({ scope: "ext", noDelete: 1 }),
      lines: ["changed toys/Toy: noDelete added; scope changed"],
    },
    {
      because: "a nested property changes in every version that has it",
      after: withToy({}, [
        group.types[0] ?? {},
        { size: { t: "s", f: 1 }, inner: { t: "o", o: 1 } },
      ]),
      lines: [
        "changed toys/Toy: v20230101 spec.parts[].size changed; v20240101 spec.parts[].size changed",
      ],
    },
  ])("when $because", ({ after, lines }) => {
    expect(releaseChanges([group], after)).toEqual(lines);
  });

  it("finds what was taken out of a copy of the real catalog, and nothing else", () => {
    const real = readCatalog(committedCatalog);
    expect(releaseChanges(real, readCatalog(committedCatalog))).toEqual([]);
    const doctored = structuredClone(real) as Writable[];
    const storage = doctored.find((one) => one.group === "storage.azure.com");
    const network = doctored.find((one) => one.group === "network.azure.com");
    delete storage?.kinds["StorageAccount"]?.versions["v20250601"];
    delete network?.kinds["BastionHost"];
    const lines = releaseChanges(doctored as unknown as CatalogGroup[], real);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^added network\/BastionHost: v/);
    expect(lines[1]).toMatch(/^changed storage\/StorageAccount: version v20250601 added$/);
  });
});

type Writable = {
  readonly group: string;
  readonly kinds: Record<string, { versions: Record<string, unknown> }>;
};
