import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dueRange,
  keyOf,
  parsePlace,
  parseReads,
  placeKey,
  readsKey,
  rowIdOf,
  rowKeyOf,
  waitsKey,
  waitsRange,
} from "../../../src/adapters/storage/ledger-keys.ts";
import { decodePart, encodePart, padTime } from "../../../src/adapters/storage/table-keys.ts";
import type { ResourceKey } from "../../../src/core/resource/types.ts";
import type { Priority } from "../../../src/ports/ledger.ts";
import { key, start } from "../../contract/storage/ledger-fixtures.ts";

const anyPart = fc.string({ unit: "binary", maxLength: 30 });
const anyKey: fc.Arbitrary<ResourceKey> = fc.record({
  cluster: fc.constant("c"),
  group: anyPart,
  kind: anyPart,
  namespace: anyPart,
  name: anyPart,
});

describe("row keys", () => {
  it("hold any name without a character that tables forbid", () => {
    fc.assert(
      fc.property(anyPart, (part) => {
        expect(decodePart(encodePart(part))).toBe(part);
        expect(encodePart(part)).toMatch(/^[A-Za-z0-9._~-]*$/);
      }),
    );
  });

  it("name a resource both ways", () => {
    fc.assert(
      fc.property(anyKey, (resource) => {
        expect(keyOf("c", rowIdOf(resource))).toEqual(resource);
      }),
    );
  });

  it("tell the place of a row both ways", () => {
    const anyPrefix = fc.constantFrom("a" as const, "b" as const, "c" as const);
    const anyPriority = fc.constantFrom<Priority>(0, 1, 2, 3, 4);
    fc.assert(
      fc.property(anyPrefix, fc.nat(), anyPriority, fc.nat(), (prefix, due, priority, wake) => {
        const id = rowIdOf(key("a|b"));
        const rowKey = placeKey(prefix, due, priority, id, wake);
        expect(parsePlace(rowKey)).toEqual({
          prefix,
          rowKey,
          id,
          due,
          priority: prefix === "a" ? undefined : priority,
          wake,
        });
      }),
    );
    expect(parsePlace("r|x")).toBeUndefined();
    expect(parsePlace("b|x")).toBeUndefined();
  });

  it("put outstanding and due rows into one range, and later ones outside", () => {
    const id = rowIdOf(key("a"));
    const { from, before } = dueRange(start);
    const isWithin = (rowKey: string) => rowKey >= from && rowKey < before;

    expect(isWithin(placeKey("a", start + 1e9, 0, id, 1))).toBe(true);
    expect(isWithin(placeKey("b", start, 4, id, 1))).toBe(true);
    expect(isWithin(placeKey("c", start, 4, id, 1))).toBe(true);
    expect(isWithin(placeKey("c", start + 1, 0, id, 1))).toBe(false);
    expect(isWithin(rowKeyOf(id))).toBe(false);
    expect(isWithin(waitsKey(id, id))).toBe(false);
  });

  it("stay within 512 characters for the longest names that Kubernetes allows", () => {
    const id = rowIdOf({
      cluster: "c",
      group: `${"g".repeat(60)}.azure.com`,
      kind: "K".repeat(63),
      namespace: "n".repeat(63),
      name: "x".repeat(253),
    });
    const keys = [
      rowKeyOf(id),
      placeKey("c", start, 4, id, 2_000_000_000),
      waitsKey(id, id),
      readsKey("ConfigMap", "n".repeat(63), "x".repeat(253), id),
    ];
    expect(Math.max(...keys.map((rowKey) => rowKey.length))).toBeLessThanOrEqual(512);
  });

  it("tell what a link is about", () => {
    const id = rowIdOf(key("a"));
    expect(parseReads(readsKey("Secret", "ns", "a/b", id))).toEqual({
      object: "Secret",
      namespace: "ns",
      name: "a/b",
    });
    const range = waitsRange(id);
    const link = waitsKey(id, rowIdOf(key("b")));
    expect(link >= range.from && link < range.before).toBe(true);
  });

  it("order times as text", () => {
    expect(padTime(9) < padTime(10)).toBe(true);
    expect(padTime(-5)).toBe("0000000000000");
    expect(padTime(start + 0.7)).toBe(String(start));
  });
});
