import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ObjectType, PropertyDetail } from "../../src/catalog/types.ts";
import { collectInputs } from "../../src/core/convert/inputs.ts";
import { armPath, propertiesOf, propertyDetail } from "../../src/core/convert/spec-type.ts";
import { type Resolver, toArmBody } from "../../src/core/convert/to-arm.ts";
import { toStatus } from "../../src/core/convert/to-status.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { everyVersion } from "./catalog-versions.ts";
import { objectOf } from "./schema-values.ts";

const versions = await everyVersion();
const anyVersion = fc.constantFrom(...versions);
const runs = { numRuns: 300 };

/** A resolver whose every answer holds `mark`, and counts what it was asked. */
function marking(mark: string): { resolver: Resolver; asked: () => number } {
  let count = 0;
  const answer = (what: string): string => {
    count += 1;
    return `${mark}${what}`;
  };
  return {
    asked: () => count,
    resolver: {
      reference: (reference) => answer(JSON.stringify(reference)),
      secret: (name, key) => answer(`${name}/${key}`),
      secretMap: (name) => ({ [name]: answer(name) }),
      config: (name, key) => answer(`${name}/${key}`),
    },
  };
}

describe("conversion to the ARM body", () => {
  const withSpec = anyVersion.chain((version) =>
    objectOf(version.types, version.spec ?? -1).map((spec) => ({ version, spec })),
  );

  it("is total on what the schema allows: plain JSON with the name, and nothing that only the cluster knows", () => {
    fc.assert(
      fc.property(withSpec, ({ version, spec }) => {
        const { body, maps } = toArmBody(spec, version, "name-1", marking("").resolver);
        expect(body["name"]).toBe("name-1");
        expect(isPlain(body)).toBe(true);
        expect(Object.keys(body)).not.toContain("operatorSpec");
        for (const pointer of maps) expect(isJsonObject(valueAt(body, pointer))).toBe(true);
      }),
      runs,
    );
  });

  it("does not change the resource, and asks for nothing that was not collected before", () => {
    fc.assert(
      fc.property(withSpec, ({ version, spec }) => {
        const before = JSON.stringify(spec);
        const inputs = collectInputs(spec, version);
        const { resolver, asked } = marking("");
        toArmBody(spec, version, "n", resolver);
        const { references, secrets, secretMaps, configMaps } = inputs;
        const collected = [references, secrets, secretMaps, configMaps].flat().length;
        expect(asked()).toBeLessThanOrEqual(collected);
        expect(JSON.stringify(spec)).toBe(before);
      }),
      runs,
    );
  });

  it("treats what the resolver gives as opaque: only those values differ between two resolvers", () => {
    fc.assert(
      fc.property(withSpec, ({ version, spec }) => {
        const plain = toArmBody(spec, version, "n", marking("").resolver);
        const marked = toArmBody(spec, version, "n", marking("\u0001").resolver);
        const unmarked = JSON.stringify(marked).replaceAll("\\u0001", "");
        expect(JSON.parse(unmarked)).toEqual(JSON.parse(JSON.stringify(plain)));
      }),
      runs,
    );
  });

  it("never throws, whatever stands in the resource", () => {
    fc.assert(
      fc.property(withSpec, fc.jsonValue(), fc.nat(), ({ version, spec }, junk, seed) => {
        const damaged = damage(spec, junk as JsonValue, seed);
        collectInputs(damaged, version);
        toArmBody(damaged, version, "n", marking("").resolver);
      }),
      runs,
    );
  });
});

describe("conversion to the status", () => {
  const withStatus = anyVersion.chain((version) =>
    objectOf(version.types, version.status ?? -1).map((status) => ({
      version,
      status: shown(version.types, version.status ?? -1, status),
      body: armOf(version.types, version.status ?? -1, status),
    })),
  );

  it("loses no field that the schema knows", () => {
    fc.assert(
      fc.property(withStatus, ({ version, status, body }) => {
        expect(toStatus(body, version)).toEqual(status);
      }),
      runs,
    );
  });

  it("never throws, whatever ARM sends", () => {
    fc.assert(
      fc.property(withStatus, fc.jsonValue(), fc.nat(), ({ version, body }, junk, seed) => {
        expect(isPlain(toStatus(damage(body, junk as JsonValue, seed), version))).toBe(true);
      }),
      runs,
    );
  });
});

/** The ARM body that a status stands for: every value at its ARM path. */
function armOf(types: readonly ObjectType[], index: number, status: JsonObject): JsonObject {
  const body: JsonObject = {};
  for (const [name, property] of propertiesOf(types[index] ?? {})) {
    const value = status[name];
    if (value === undefined) continue;
    const path = armPath(name, property);
    const member = property.v === undefined ? path.at(-1) : undefined;
    const holder = (member === undefined ? path : path.slice(0, -1)).reduce(step, body);
    const converted = mapValue(types, property, value, armOf);
    if (member !== undefined) holder[member] = converted;
    else if (isJsonObject(converted)) Object.assign(holder, converted);
  }
  return body;
}

/** The part of a status that is shown: no empty lists and maps, nothing that ARM never fills. */
function shown(types: readonly ObjectType[], index: number, status: JsonObject): JsonObject {
  const visible = propertiesOf(types[index] ?? {}).flatMap(([name, property]) => {
    const value = status[name];
    if (value === undefined || value === null || property.u === 1) return [];
    const converted = mapValue(types, property, value, shown);
    const isCollection = property.t === "a" || property.t === "m";
    return isCollection && isEmpty(converted) ? [] : [[name, converted] as const];
  });
  return Object.fromEntries(visible);
}

type ObjectMapper = (types: readonly ObjectType[], index: number, value: JsonObject) => JsonObject;

function mapValue(
  types: readonly ObjectType[],
  property: PropertyDetail,
  value: JsonValue,
  mapObject: ObjectMapper,
): JsonValue {
  if (property.t === "o")
    return isJsonObject(value) ? mapObject(types, property.o ?? -1, value) : value;
  if (property.e === undefined) return value;
  const detail = propertyDetail(property.e);
  const nested = (one: JsonValue): JsonValue => {
    const mapped = mapValue(types, detail, one, mapObject);
    const isHidden = mapObject === shown && detail.e !== undefined && isEmpty(mapped);
    return isHidden ? null : mapped;
  };
  if (Array.isArray(value)) return value.map(nested);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, nested(one)]));
}

function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function step(holder: JsonObject, name: string): JsonObject {
  const present = holder[name];
  const next: JsonObject = isJsonObject(present) ? present : {};
  holder[name] = next;
  return next;
}

/** Puts `junk` in place of one member somewhere in the object. */
function damage(value: JsonObject, junk: JsonValue, seed: number): JsonObject {
  const keys = Object.keys(value);
  const chosen = keys[seed % Math.max(keys.length, 1)];
  if (chosen === undefined) return isJsonObject(junk) ? junk : {};
  const member = value[chosen];
  const deeper = isJsonObject(member) && Object.keys(member).length > 0 && seed % 3 !== 0;
  return {
    ...value,
    [chosen]: deeper ? damage(member, junk, Math.floor(seed / keys.length)) : junk,
  };
}

function isPlain(value: JsonValue): boolean {
  const text = JSON.stringify(value);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(structuredClone(value))));
  return !hasUndefined(value);
}

function hasUndefined(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUndefined);
}

function valueAt(body: JsonObject, pointer: string): JsonValue | undefined {
  const tokens = pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  let value: JsonValue | undefined = body;
  for (const token of tokens) {
    if (Array.isArray(value)) value = value[Number(token)];
    else value = isJsonObject(value) ? value[token] : undefined;
  }
  return value;
}
