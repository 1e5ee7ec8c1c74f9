import { describe, expect, it } from "vitest";
import { resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import { toStatus } from "../../../src/core/convert/to-status.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { widgets } from "./widget-group.ts";

function statusOf(body: JsonObject): JsonObject {
  const version = resolveKindVersion(widgets, "Widget", "v20240101");
  if (version === undefined) throw new Error("the fixture has no Widget");
  return toStatus(body, version);
}

describe("toStatus", () => {
  it.each<{ because: string; body: JsonObject; status: JsonObject }>([
    {
      because: "lifts the bag, drops what the schema does not have",
      body: { id: "/x", extra: 1, properties: { count: 2, type: "T", extra: {} }, type: "A/b" },
      status: { id: "/x", count: 2, properties_type: "T", type: "A/b" },
    },
    {
      because: "takes member names in any casing",
      body: { ID: "/x", Properties: { COUNT: 0, Enabled: false } },
      status: { id: "/x", count: 0, enabled: false },
    },
    {
      because: "shows neither null nor empty lists and maps",
      body: { name: null, tags: {}, properties: { rules: [], count: null } },
      status: {},
    },
    {
      because: "keeps an element's place when it has no value",
      body: { tags: { a: null }, properties: { rules: [null, { name: "r" }] } },
      status: { tags: { a: "" }, rules: [{}, { name: "r" }] },
    },
    {
      because: "chooses the branch of a union by its discriminator",
      body: { properties: { source: { kind: "Queue", queueName: "q", container: "c" } } },
      status: { source: { queue: { kind: "Queue", queueName: "q" } } },
    },
    {
      because: "leaves a union empty when the discriminator has another value or casing",
      body: { properties: { source: { kind: "queue", queueName: "q" } } },
      status: { source: {} },
    },
    {
      because: "never fills conditions",
      body: { properties: { conditions: [{ type: "Ready" }] } },
      status: {},
    },
    {
      because: "turns scalars into the schema's type where that loses nothing",
      body: { name: 7, properties: { count: "12", ratio: "1.5", enabled: "True" } },
      status: { name: "7", count: 12, ratio: 1.5, enabled: true },
    },
    {
      because: "leaves out values that do not fit the schema",
      body: {
        name: {},
        tags: [1],
        properties: { count: 1.5, ratio: "x", enabled: 1, rules: {}, source: "s" },
      },
      status: {},
    },
  ])("$because", ({ body, status }) => {
    expect(statusOf(body)).toEqual(status);
  });
});
