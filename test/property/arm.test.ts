import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  armUrl,
  buildArmId,
  type ChainLink,
  parseArmId,
  sameArmId,
} from "../../src/core/arm/arm-id.ts";
import { parseArmFailure } from "../../src/core/arm/parse-error.ts";
import type { KindVersion } from "../../src/core/convert/kind-version.ts";
import { canonicalJson } from "../../src/core/hash.ts";
import type { JsonValue } from "../../src/core/json.ts";
import { everyVersion } from "./catalog-versions.ts";

const group = {
  group: "resources.azure.com",
  kind: "ResourceGroup",
  armType: "Microsoft.Resources/resourceGroups",
  scope: "sub",
} as const;

/** Names as they are common in Azure: nothing in them has a meaning in a path. */
const name = fc.stringMatching(/^[A-Za-z0-9][-_A-Za-z0-9]{0,20}$/);
const everything = await everyVersion();
const versions = everything.filter((version) => chainOf(version)[0]?.kind === group.kind);

/** The owners of a kind up to the resource group, and the kind itself; the first version of each. */
function chainOf(version: KindVersion): Omit<ChainLink, "azureName">[] {
  const { armType, scope, owner } = version;
  const known =
    typeof owner === "object"
      ? everything.find((one) => one.group === owner.group && one.kind === owner.kind)
      : undefined;
  const self = { group: version.group, kind: version.kind, armType, scope };
  const claimed =
    version.kind === group.kind ? { resourceId: "/subscriptions/s/resourceGroups/x" } : {};
  return [...(known === undefined ? [] : chainOf(known)), { ...self, ...claimed }];
}

describe("ARM ids", () => {
  test.prop([fc.string({ unit: "grapheme" })])(
    "a name is refused or addresses exactly itself",
    (azureName) => {
      const built = buildArmId({ subscription: "s", chain: [{ ...group, azureName }] });
      if (built.kind === "problem") return;
      const url = new URL(`https://arm.example${armUrl(built.armId, "2024-01-01")}`);
      expect(url.search).toBe("?api-version=2024-01-01");
      expect(url.pathname.split("/").map(decodeURIComponent)).toEqual([
        ...["", "subscriptions", "s", "resourceGroups"],
        azureName.toWellFormed(),
      ]);
    },
  );

  test.prop([fc.constantFrom(...versions), fc.infiniteStream(name)])(
    "names and types come back from the id of any kind below a resource group",
    (version, stream) => {
      const chain = chainOf(version).map((link) => ({ ...link, azureName: stream.next().value }));
      const built = buildArmId({ subscription: "s", chain });
      if (built.kind === "problem") throw new Error(built.problem.message);
      const { armType } = chain.at(-1) ?? { armType: "" };
      const parsed = parseArmId(built.armId);
      const below = armType === group.armType ? chain : chain.slice(1);
      expect([parsed?.provider, ...(parsed?.types ?? [])].join("/")).toBe(armType);
      expect(parsed?.names).toEqual(below.map(({ azureName }) => azureName));
      expect(parsed).toMatchObject({ subscription: "s", resourceGroup: chain[0]?.azureName });
      expect(sameArmId(built.armId.toUpperCase(), `${built.armId}/`)).toBe(true);
    },
  );

  test.prop([fc.webPath()])("parsing never throws, and what it reads is stable", (text) => {
    const parsed = parseArmId(text);
    if (parsed !== undefined) expect(parseArmId(parsed.text)).toEqual(parsed);
  });
});

describe("error bodies", () => {
  test.prop([fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json())])(
    "any answer becomes a failure with a code and a message",
    (status, text) => {
      const failure = parseArmFailure(status, text);
      expect(failure.code).not.toBe("");
      expect(failure.message).not.toBe("");
    },
  );
});

describe("canonicalJson", () => {
  test.prop([fc.jsonValue()])(
    "is JSON of the same value, whatever the order of members",
    (value) => {
      const json = value as JsonValue;
      const text = canonicalJson(json);
      expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(json)));
    },
  );
});
