import { describe, expect, it } from "vitest";
import { chooseSlot, openLevel, type Side } from "../../../infra/catalog/arm-level.ts";
import type { ArmNode, ArmShape } from "../../../infra/catalog/arm-node.ts";
import type { Schema } from "../../../infra/catalog/crd-source.ts";

const text: Schema = { type: "string" };
const reference: Schema = {
  type: "object",
  properties: { armId: text, group: text, kind: text, name: text },
};

type Case = {
  because: string;
  name: string;
  schema?: Schema;
  siblings?: string[];
  arm: Record<string, ArmNode>;
  side?: Side;
  root?: boolean;
  readOnly?: string;
  at: string | undefined;
};

const cases: readonly Case[] = [
  { because: "the same name is at the same level", name: "a", arm: { a: leaf() }, at: "a" },
  {
    because: "the bag is flattened",
    name: "a",
    arm: { properties: object({ a: leaf() }) },
    at: "properties/a",
  },
  {
    because: "a property called properties keeps the bag",
    name: "a",
    siblings: ["properties"],
    arm: { properties: object({ a: leaf() }) },
    at: undefined,
  },
  {
    because: "the outer level goes before the bag",
    name: "a",
    arm: { a: leaf(), properties: object({ a: leaf() }) },
    at: "a",
  },
  {
    because: "a request does not go to a read-only property",
    name: "a",
    arm: { a: leaf(), properties: object({ a: leaf() }) },
    readOnly: "a",
    at: "properties/a",
  },
  {
    because: "a status comes from the outer level, read-only or not",
    name: "a",
    arm: { a: leaf(), properties: object({ a: leaf() }) },
    readOnly: "a",
    side: "status",
    at: "a",
  },
  {
    because: "type at the root is the resource's own",
    name: "type",
    root: true,
    arm: { type: leaf(), properties: object({ type: leaf() }) },
    at: "properties/type",
  },
  {
    because: "a status has the resource's own type",
    name: "type",
    root: true,
    side: "status",
    arm: { type: leaf(), properties: object({ type: leaf() }) },
    at: "type",
  },
  {
    because: "case may differ",
    name: "workspaceId",
    arm: { WorkspaceId: leaf() },
    at: "WorkspaceId",
  },
  {
    because: "punctuation may differ",
    name: "odatatype",
    arm: { "odata.type": leaf() },
    at: "odata.type",
  },
  {
    because: "a reference stands for the id",
    name: "subnetReference",
    schema: reference,
    arm: { subnetId: leaf() },
    at: "subnetId",
  },
  {
    because: "a reference is text, not the object of that name",
    name: "setReference",
    schema: reference,
    arm: { set: object({}), setId: leaf() },
    at: "setId",
  },
  {
    because: "a list of references is in the plural",
    name: "scopesReferences",
    schema: { type: "array", items: reference },
    arm: { scopes: { ...node("array"), item: () => leaf() } },
    at: "scopes",
  },
  {
    because: "of a list of ids ASO drops the plural of the id, not of the name",
    name: "zoneReferences",
    schema: { type: "array", items: reference },
    arm: { zoneIds: { ...node("array"), item: () => leaf() } },
    at: "zoneIds",
  },
  {
    because: "a value out of a config map goes where the value goes",
    name: "hostFromConfig",
    schema: {
      type: "object",
      properties: {
        key: text,
        name: { ...text, description: "the name of the Kubernetes configmap\nbeing referenced" },
      },
    },
    arm: { host: leaf() },
    at: "host",
  },
];

describe("placing a property", () => {
  it.each(cases)(
    "$because",
    ({ name, schema = text, siblings = [], arm, side = "spec", root = false, readOnly, at }) => {
      const level = openLevel([name, ...siblings], object(arm, readOnly), side, root);
      expect(chooseSlot(name, schema, level.slots, side)?.path.join("/")).toBe(at);
    },
  );
});

function node(shape: ArmShape): ArmNode {
  return {
    name: "",
    shapes: [shape],
    literals: [],
    properties: () => new Map(),
    variants: () => new Map(),
    item: () => undefined,
    additional: () => undefined,
  };
}

function leaf(): ArmNode {
  return node("string");
}

function object(properties: Record<string, ArmNode>, readOnly?: string): ArmNode {
  const entries = Object.entries(properties).map(
    ([name, child]) => [name, { node: child, flags: name === readOnly ? 2 : 0 }] as const,
  );
  return { ...node("object"), properties: () => new Map(entries) };
}
