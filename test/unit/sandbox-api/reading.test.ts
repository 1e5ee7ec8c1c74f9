import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { aGadget, aGadgetServer, at, gadgets, type TestServer } from "./a-server.ts";

function withGadgets(count: number, options?: Parameters<typeof aGadgetServer>[0]): TestServer {
  const server = aGadgetServer(options);
  for (let index = 0; index < count; index++) {
    server.send(
      "POST",
      gadgets,
      aGadget(`g${index}`, {}, { labels: { even: String(index % 2 === 0) } }),
    );
  }
  return server;
}

const names = (body: JsonObject): unknown[] =>
  (body["items"] as JsonObject[]).map((item) => at(item, "metadata", "name"));

describe("lists", () => {
  it("come in pages that together show everything once", () => {
    const server = withGadgets(5);
    const seen: unknown[] = [];
    let token = "";
    let pages = 0;
    do {
      const { body } = server.send(
        "GET",
        `${gadgets}?limit=2&continue=${encodeURIComponent(token)}`,
      );
      seen.push(...names(body));
      token = String(at(body, "metadata", "continue") ?? "");
      pages++;
    } while (token !== "");

    expect(pages).toBe(3);
    expect(seen).toEqual(["g0", "g1", "g2", "g3", "g4"]);
  });

  it("refuse to go on when too much happened since the first page", () => {
    const server = withGadgets(3, { historyLimit: 4 });
    const { body } = server.send("GET", `${gadgets}?limit=1`);
    for (let index = 0; index < 20; index++) {
      server.send("PATCH", `${gadgets}/g0`, { spec: { count: (index % 9) + 1 } });
    }

    const token = encodeURIComponent(String(at(body, "metadata", "continue")));
    expect(server.send("GET", `${gadgets}?limit=1&continue=${token}`).code).toBe(410);
  });

  it.for([
    { because: "equality", query: "labelSelector=even%3Dtrue", expected: ["g0", "g2"] },
    { because: "inequality", query: "labelSelector=even!%3Dtrue", expected: ["g1"] },
    { because: "sets", query: "labelSelector=even%20in%20(true,x)", expected: ["g0", "g2"] },
    { because: "absence", query: "labelSelector=!even", expected: [] },
    { because: "names", query: "fieldSelector=metadata.name%3Dg1", expected: ["g1"] },
    {
      because: "the cache ignores limits",
      query: "resourceVersion=0&limit=1",
      expected: ["g0", "g1", "g2"],
    },
  ])("select by $because", ({ query, expected }) => {
    expect(names(withGadgets(3).send("GET", `${gadgets}?${query}`).body)).toEqual(expected);
  });

  it("refuse fields that cannot be selected", () => {
    expect(withGadgets(1).send("GET", `${gadgets}?fieldSelector=spec.x%3D1`).code).toBe(400);
  });

  it("show metadata alone", () => {
    const accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    const { body } = withGadgets(1).send("GET", gadgets, undefined, { accept });

    expect(body["kind"]).toBe("PartialObjectMetadataList");
    expect(Object.keys(at(body, "items", 0) as JsonObject)).toEqual([
      "kind",
      "apiVersion",
      "metadata",
    ]);
  });

  it("are tables with the definition's columns", () => {
    const server = withGadgets(1);
    server.send("PATCH", `${gadgets}/g0/status`, {
      status: {
        conditions: [
          { type: "Other", status: "False" },
          { type: "Ready", status: "True" },
        ],
      },
    });
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = server.send("GET", `${gadgets}?includeObject=None`, undefined, { accept });

    expect((body["columnDefinitions"] as JsonObject[]).map((column) => column["name"])).toEqual([
      "Name",
      "Ready",
    ]);
    expect(at(body, "rows", 0)).toEqual({ cells: ["g0", "True"], object: null });
  });
});

describe("watches", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const types = (events: readonly JsonObject[]) =>
    events.map((event) =>
      `${event["type"]} ${at(event, "object", "metadata", "name") ?? ""}`.trim(),
    );

  it("begin with everything there is and go on with changes", () => {
    const server = withGadgets(1);
    const { events } = server.watch(`${gadgets}?watch=1`);

    server.send("POST", gadgets, aGadget("new"));
    server.send("PATCH", `${gadgets}/new`, { spec: { count: 3 } });
    server.send("DELETE", `${gadgets}/new`);

    expect(types(events)).toEqual(["ADDED g0", "ADDED new", "MODIFIED new", "DELETED new"]);
  });

  it("go on from a version without a gap", () => {
    const server = withGadgets(1);
    const { body } = server.send("GET", gadgets);
    server.send("POST", gadgets, aGadget("meanwhile"));

    const { events } = server.watch(
      `${gadgets}?watch=1&resourceVersion=${at(body, "metadata", "resourceVersion")}`,
    );

    expect(types(events)).toEqual(["ADDED meanwhile"]);
  });

  it("end with 410 when their version is forgotten", () => {
    const server = withGadgets(20, { historyLimit: 4 });

    const watch = server.watch(`${gadgets}?watch=1&resourceVersion=3`);

    expect(watch.isOver()).toBe(true);
    expect(watch.events).toHaveLength(1);
    expect(watch.events[0]).toMatchObject({
      type: "ERROR",
      object: { code: 410, reason: "Expired" },
    });
  });

  it("stay silent for a version that is yet to come", () => {
    const server = withGadgets(1);

    expect(server.watch(`${gadgets}?watch=1&resourceVersion=999999`).events).toEqual([]);
  });

  it("see an object leave their selection as deleted and come back as added", () => {
    const server = withGadgets(1);
    const { events } = server.watch(`${gadgets}?watch=1&labelSelector=even%3Dtrue`);

    server.send("PATCH", `${gadgets}/g0`, { metadata: { labels: { even: "no" } } });
    server.send("PATCH", `${gadgets}/g0`, { metadata: { labels: { even: "true" } } });

    expect(types(events)).toEqual(["ADDED g0", "DELETED g0", "ADDED g0"]);
  });

  it("tell how far they are shortly before they end, if anything happened", () => {
    const server = withGadgets(1);
    const from = server.store.revision;
    const path = `${gadgets}?watch=1&resourceVersion=${from}&timeoutSeconds=5&allowWatchBookmarks=true`;
    const quiet = server.watch(path);
    vi.advanceTimersByTime(3000);
    expect(quiet.events).toEqual([]);
    server.send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "c" } });
    const busy = server.watch(path);

    vi.advanceTimersByTime(5000);

    expect(quiet.isOver()).toBe(true);
    expect(busy.events.at(-1)).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "Gadget", metadata: { resourceVersion: String(server.store.revision) } },
    });
  });

  it("mark the end of initial events", () => {
    const query =
      "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const { events } = withGadgets(1).watch(`${gadgets}?watch=1&${query}`);

    expect(types(events)).toEqual(["ADDED g0", "BOOKMARK"]);
    expect(at(events[1], "object", "metadata", "annotations")).toEqual({
      "k8s.io/initial-events-end": "true",
    });
  });

  it("stop when their client goes", () => {
    const server = withGadgets(0);
    const watch = server.watch(`${gadgets}?watch=1`);

    watch.stop();
    server.send("POST", gadgets, aGadget("late"));

    expect(watch.events).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
