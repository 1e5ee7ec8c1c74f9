import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  aDefinition,
  aGadget,
  aGadgetServer,
  aServer,
  at,
  definitions,
  gadgets,
} from "./a-server.ts";

describe("objects", () => {
  it("get uid, time, generation, version and defaults on create", () => {
    const server = aGadgetServer();

    const { code, body } = server.send("POST", gadgets, aGadget("a", { location: "west" }));

    expect(code).toBe(201);
    expect(body["spec"]).toEqual({ location: "west", sku: "Basic" });
    expect(body["metadata"]).toMatchObject({
      name: "a",
      namespace: "default",
      uid: expect.stringMatching(/^uid-/),
      creationTimestamp: "2026-01-01T00:00:00Z",
      generation: 1,
    });
  });

  it("make a name of generateName", () => {
    const { body } = aGadgetServer().send("POST", gadgets, {
      ...aGadget("x"),
      metadata: { generateName: "gen-" },
    });

    expect(at(body, "metadata", "name")).toMatch(/^gen-[a-z0-9]{5}$/);
  });

  it("are not stored by a dry run", () => {
    const server = aGadgetServer();
    const before = server.store.revision;

    expect(server.send("POST", `${gadgets}?dryRun=All`, aGadget("a")).code).toBe(201);

    expect(server.send("GET", `${gadgets}/a`).code).toBe(404);
    expect(server.store.revision).toBe(before);
  });

  it.for<{ because: string; change: JsonObject; generation: number; writes: number }>([
    {
      because: "a changed spec is a new generation",
      change: { spec: { count: 2 } },
      generation: 2,
      writes: 1,
    },
    {
      because: "a label is none",
      change: { metadata: { labels: { a: "b" } } },
      generation: 1,
      writes: 1,
    },
    {
      because: "an equal value is not even a write",
      change: { spec: { location: "west" } },
      generation: 1,
      writes: 0,
    },
    {
      because: "status is ignored here",
      change: { status: { id: "x" } },
      generation: 1,
      writes: 0,
    },
  ])("$because", ({ change, generation, writes }) => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", { location: "west" }));
    const before = server.store.revision;

    const { body } = server.send("PATCH", `${gadgets}/a`, change);

    expect(at(body, "metadata", "generation")).toBe(generation);
    expect(body["status"]).toBeUndefined();
    expect(server.store.revision - before).toBe(writes);
  });

  it("take only status through the status subresource", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", { location: "west" }));

    const { body } = server.send("PATCH", `${gadgets}/a/status`, {
      metadata: { annotations: { x: "1" }, finalizers: ["a/b"] },
      spec: { location: "east" },
      status: { id: "i" },
    });

    expect(body["spec"]).toMatchObject({ location: "west" });
    expect(body["status"]).toEqual({ id: "i" });
    expect(at(body, "metadata", "annotations")).toBeUndefined();
    expect(at(body, "metadata", "finalizers")).toBeUndefined();
    expect(at(body, "metadata", "generation")).toBe(1);
  });

  it.for<{ because: string; metadata: JsonObject; code: number; says: string }>([
    {
      because: "a stale version conflicts",
      metadata: { resourceVersion: "1" },
      code: 409,
      says: 'Operation cannot be fulfilled on gadgets.test.azure.com "a": the object has been modified; please apply your changes to the latest version and try again',
    },
    {
      because: "another uid is another object",
      metadata: { uid: "other" },
      code: 422,
      says: 'Gadget.test.azure.com "a" is invalid: metadata.uid: Invalid value: "other": field is immutable',
    },
  ])("$because", ({ metadata, code, says }) => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a"));

    const answer = server.send("PATCH", `${gadgets}/a`, { metadata });

    expect(answer.code).toBe(code);
    expect(answer.body["message"]).toBe(says);
  });

  it("are patched by JSON patch, or not at all when a test fails", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", { zones: ["1"] }));
    const patch = (operations: JsonObject[]) =>
      server.send("PATCH", `${gadgets}/a`, operations, {
        contentType: "application/json-patch+json",
      });

    const added = patch([{ op: "add", path: "/spec/zones/-", value: "2" }]);
    const failed = patch([{ op: "test", path: "/spec/zones/0", value: "9" }]);

    expect(at(added.body, "spec", "zones")).toEqual(["1", "2"]);
    expect(failed.code).toBe(422);
  });

  it("are refused with unknown fields when validation is Strict, else told as warnings", () => {
    const server = aGadgetServer();

    const strict = server.send(
      "POST",
      `${gadgets}?fieldValidation=Strict`,
      aGadget("a", { foo: 1 }),
    );
    const warned = server.send("POST", gadgets, aGadget("a", { foo: 1 }));

    expect(strict.code).toBe(400);
    expect(strict.body["message"]).toContain('strict decoding error: unknown field "spec.foo"');
    expect(warned.headers["warning"]).toEqual(['299 - "unknown field \\"spec.foo\\""']);
    expect(warned.body["spec"]).toEqual({ sku: "Basic" });
  });

  it("lose what the storage version does not declare", () => {
    const server = aServer();
    const text = { type: "string" };
    server.send(
      "POST",
      definitions,
      aDefinition({ location: text }, { v1: { location: text, old: text } }),
    );
    const old = gadgets.replace("v2", "v1");

    server.send("POST", old, {
      ...aGadget("a", { location: "west", old: "x" }),
      apiVersion: "test.azure.com/v1",
    });

    expect(server.send("GET", `${old}/a`).body).toMatchObject({
      apiVersion: "test.azure.com/v1",
      spec: { location: "west" },
    });
    expect(at(server.send("GET", `${old}/a`).body, "spec", "old")).toBeUndefined();
    expect(server.send("GET", `${gadgets}/a`).body["apiVersion"]).toBe("test.azure.com/v2");
  });

  it("keep finalizers of a client that replaces the list with them", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", {}, { finalizers: ["a/one", "a/two"] }));

    const { body } = server.send("PATCH", `${gadgets}/a`, { metadata: { finalizers: ["a/two"] } });

    expect(at(body, "metadata", "finalizers")).toEqual(["a/two"]);
  });
});

describe("built-in objects", () => {
  it("put stringData into data", () => {
    const { body } = aServer().send("POST", "/api/v1/namespaces/default/secrets", {
      metadata: { name: "s" },
      stringData: { a: "ü" },
    });

    expect(body["data"]).toEqual({ a: Buffer.from("ü").toString("base64") });
    expect(body["stringData"]).toBeUndefined();
    expect(body["type"]).toBe("Opaque");
  });

  it("are one Event under two API groups", () => {
    const server = aServer();
    server.send("POST", "/api/v1/namespaces/default/events", {
      metadata: { name: "e" },
      involvedObject: { kind: "Gadget", name: "a", namespace: "default" },
      message: "hi",
    });

    const { body } = server.send("GET", "/apis/events.k8s.io/v1/namespaces/default/events/e");
    const found = server.send(
      "GET",
      "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=a",
    );

    expect(body).toMatchObject({ note: "hi", regarding: { name: "a" } });
    expect(found.body["items"]).toHaveLength(1);
  });
});
