import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { armUrl, buildArmId, parseArmId } from "../../src/core/arm/arm-id.ts";
import { parseArmFailure } from "../../src/core/arm/parse-error.ts";
import { canonicalJson } from "../../src/core/hash.ts";
import type { JsonValue } from "../../src/core/json.ts";

const group = {
  group: "resources.azure.com",
  kind: "ResourceGroup",
  armType: "Microsoft.Resources/resourceGroups",
  scope: "sub",
} as const;

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
