import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  claimedFields,
  compareFields,
} from "../../../src/sandbox/api-server/fields/compare-fields.ts";
import { fromFieldsV1, toFieldsV1 } from "../../../src/sandbox/api-server/fields/field-set.ts";
import { aGadget, aGadgetServer, at, gadgets, type TestServer } from "./a-server.ts";

type Owner = { manager: string; operation: string; subresource?: string; fields: unknown };

function owners(body: JsonObject): Owner[] {
  const list = (at(body, "metadata", "managedFields") ?? []) as JsonObject[];
  return list.map((entry) => ({
    manager: String(entry["manager"]),
    operation: String(entry["operation"]),
    ...(entry["subresource"] === undefined ? {} : { subresource: String(entry["subresource"]) }),
    fields: entry["fieldsV1"],
  }));
}

function apply(server: TestServer, manager: string, spec: JsonObject, force = false) {
  const path = `${gadgets}/a?fieldManager=${manager}&force=${force}`;
  return server.send("PATCH", path, aGadget("a", spec), {
    contentType: "application/apply-patch+yaml",
  });
}

describe("field owners of ordinary writes", () => {
  it("are who created the fields, defaults included", () => {
    const { body } = aGadgetServer().send(
      "POST",
      `${gadgets}?fieldManager=me`,
      aGadget("a", { zones: ["1"], tags: { t: "1" }, rules: [{ name: "r" }] }),
    );

    expect(owners(body)).toEqual([
      {
        manager: "me",
        operation: "Update",
        fields: {
          "f:spec": {
            ".": {},
            "f:rules": {
              ".": {},
              'k:{"name":"r"}': { ".": {}, "f:name": {}, "f:priority": {} },
            },
            "f:sku": {},
            "f:tags": { ".": {}, "f:t": {} },
            "f:zones": {},
          },
        },
      },
    ]);
  });

  it("change hands with the value and keep their time otherwise", () => {
    const server = aGadgetServer();
    server.send(
      "POST",
      `${gadgets}?fieldManager=one`,
      aGadget("a", { location: "west", count: 1 }),
    );
    server.clock.ms += 60_000;

    const { body } = server.send("PATCH", `${gadgets}/a?fieldManager=two`, {
      spec: { location: "east", count: 1 },
    });

    expect(
      owners(body).map(({ manager, fields }) => [manager, at(fields as JsonObject, "f:spec")]),
    ).toEqual([
      ["one", { ".": {}, "f:count": {}, "f:sku": {} }],
      ["two", { "f:location": {} }],
    ]);
    expect(at(body, "metadata", "managedFields", 0, "time")).toBe("2026-01-01T00:00:00Z");
    expect(at(body, "metadata", "managedFields", 1, "time")).toBe("2026-01-01T00:01:00Z");
  });

  it("of status stand in an entry of their own", () => {
    const server = aGadgetServer();
    server.send("POST", `${gadgets}?fieldManager=me`, aGadget("a"));

    const { body } = server.send("PATCH", `${gadgets}/a/status?fieldManager=me`, {
      status: { id: "i" },
    });

    expect(owners(body).at(-1)).toEqual({
      manager: "me",
      operation: "Update",
      subresource: "status",
      fields: { "f:status": { ".": {}, "f:id": {} } },
    });
  });

  it("are cleared by a list of one empty entry and stay cleared", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a"));
    server.send("PATCH", `${gadgets}/a`, { metadata: { managedFields: [{}] } });

    const { body } = server.send("PATCH", `${gadgets}/a`, { spec: { count: 2 } });

    expect(owners(body)).toEqual([]);
  });
});

describe("server-side apply", () => {
  it("creates with 201 and claims only what was applied", () => {
    const answer = apply(aGadgetServer(), "kubectl", { location: "west" });

    expect(answer.code).toBe(201);
    expect(answer.body["spec"]).toEqual({ location: "west", sku: "Basic" });
    expect(owners(answer.body)).toEqual([
      { manager: "kubectl", operation: "Apply", fields: { "f:spec": { "f:location": {} } } },
    ]);
  });

  it("removes what its manager no longer applies, and nothing of others", () => {
    const server = aGadgetServer();
    apply(server, "one", {
      location: "west",
      tags: { a: "1", b: "2" },
      rules: [{ name: "x" }, { name: "y" }],
    });
    apply(server, "two", { tags: { c: "3" }, rules: [{ name: "y" }] });

    const { body } = apply(server, "one", { tags: { a: "1" } });

    expect(body["spec"]).toEqual({
      sku: "Basic",
      tags: { a: "1", c: "3" },
      rules: [{ name: "y", priority: 5 }],
    });
  });

  it("refuses to change what another manager owns, unless forced", () => {
    const server = aGadgetServer();
    apply(server, "one", { location: "west", count: 1 });

    const single = apply(server, "two", { location: "east" });
    const double = apply(server, "two", { location: "east", count: 2 });
    const forced = apply(server, "two", { location: "east" }, true);

    expect(single.code).toBe(409);
    expect(single.body["message"]).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.location',
    );
    expect(double.body["message"]).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.count\n- .spec.location',
    );
    expect(owners(forced.body)).toEqual([
      { manager: "one", operation: "Apply", fields: { "f:spec": { "f:count": {} } } },
      { manager: "two", operation: "Apply", fields: { "f:spec": { "f:location": {} } } },
    ]);
  });

  it("shares a field that both managers want equal", () => {
    const server = aGadgetServer();
    apply(server, "one", { location: "west" });

    const { code, body } = apply(server, "two", { location: "west" });

    expect(code).toBe(200);
    expect(
      owners(body)
        .map((owner) => owner.manager)
        .sort(),
    ).toEqual(["one", "two"]);
  });

  it("does not create an object that is expected to have a uid", () => {
    const server = aGadgetServer();
    const config = aGadget("a", {}, { uid: "gone" });

    const answer = server.send("PATCH", `${gadgets}/a?fieldManager=k`, config, {
      contentType: "application/apply-patch+yaml",
    });

    expect(answer.code).toBe(409);
    expect(answer.body["message"]).toContain("uid mismatch");
  });

  it("writes nothing the second time", () => {
    const server = aGadgetServer();
    apply(server, "one", { location: "west" });
    const before = server.store.revision;
    server.clock.ms += 5000;

    apply(server, "one", { location: "west" });

    expect(server.store.revision).toBe(before);
  });
});

describe("field sets", () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.integer(),
      fc.array(fc.integer(), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie("value"), { maxKeys: 4 }),
    ),
  })).value as fc.Arbitrary<JsonObject[string]>;

  it("survive the way to FieldsV1 and back", () => {
    fc.assert(
      fc.property(json, (value) => {
        const set = claimedFields({ root: value }, undefined);
        expect(fromFieldsV1(toFieldsV1(set))).toEqual(set);
      }),
    );
  });

  it("tell no difference between equal values, and of two different ones always some", () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        const { added, modified, removed } = compareFields(
          { root: left },
          { root: right },
          undefined,
        );
        const isEqual = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
        expect(added.size + modified.size + removed.size === 0).toBe(isEqual);
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, child]) => [key, sorted(child)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
