import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { aGadget, aGadgetServer, at, definitions, gadgets, type TestServer } from "./a-server.ts";

const finalizer = "test/keep";

function uidOf(server: TestServer, path: string): string {
  return String(at(server.send("GET", path).body, "metadata", "uid"));
}

function ownedBy(name: string, uid: string, blockOwnerDeletion = false): JsonObject {
  const apiVersion = "test.azure.com/v2";
  return { ownerReferences: [{ apiVersion, kind: "Gadget", name, uid, blockOwnerDeletion }] };
}

describe("deletion", () => {
  it("removes an object at once and answers with a Status", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a"));

    const { code, body } = server.send("DELETE", `${gadgets}/a`);

    expect(code).toBe(200);
    expect(body).toMatchObject({ kind: "Status", status: "Success", details: { name: "a" } });
    expect(server.send("GET", `${gadgets}/a`).code).toBe(404);
  });

  it("waits for finalizers, counts a generation and refuses new ones", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", {}, { finalizers: [finalizer] }));

    const deleted = server.send("DELETE", `${gadgets}/a`);
    const added = server.send("PATCH", `${gadgets}/a`, {
      metadata: { finalizers: [finalizer, "test/new"] },
    });

    expect(deleted.body["metadata"]).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 0,
      generation: 2,
    });
    expect(added.code).toBe(422);
    server.send("PATCH", `${gadgets}/a`, { metadata: { finalizers: null } });
    expect(server.send("GET", `${gadgets}/a`).code).toBe(404);
  });

  it.for([
    { because: "another uid is refused", preconditions: { uid: "x" } },
    { because: "another version is refused", preconditions: { resourceVersion: "1" } },
  ])("$because", ({ preconditions }) => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a"));

    expect(server.send("DELETE", `${gadgets}/a`, { preconditions }).code).toBe(409);
    expect(server.send("GET", `${gadgets}/a`).code).toBe(200);
  });

  it("deletes a selection of a collection", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", {}, { labels: { app: "x" } }));
    server.send("POST", gadgets, aGadget("b"));

    server.send("DELETE", `${gadgets}?labelSelector=app%3Dx`);

    expect(server.send("GET", `${gadgets}/a`).code).toBe(404);
    expect(server.send("GET", `${gadgets}/b`).code).toBe(200);
  });
});

describe("garbage collection", () => {
  it("deletes dependents after their last owner", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("owner"));
    server.send(
      "POST",
      gadgets,
      aGadget("child", {}, ownedBy("owner", uidOf(server, `${gadgets}/owner`))),
    );
    server.send(
      "POST",
      gadgets,
      aGadget("grandchild", {}, ownedBy("child", uidOf(server, `${gadgets}/child`))),
    );

    server.send("DELETE", `${gadgets}/owner`);

    expect(server.send("GET", gadgets).body["items"]).toEqual([]);
  });

  it("keeps dependents of a foreground deletion's owner in front of it", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("owner"));
    const owned = ownedBy("owner", uidOf(server, `${gadgets}/owner`), true);
    server.send("POST", gadgets, aGadget("child", {}, { ...owned, finalizers: [finalizer] }));

    server.send("DELETE", `${gadgets}/owner?propagationPolicy=Foreground`);

    const waiting = server.send("GET", `${gadgets}/owner`).body;
    expect(at(waiting, "metadata", "finalizers")).toEqual(["foregroundDeletion"]);
    server.send("PATCH", `${gadgets}/child`, { metadata: { finalizers: null } });
    expect(server.send("GET", `${gadgets}/owner`).code).toBe(404);
  });

  it("releases orphans", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("owner"));
    server.send(
      "POST",
      gadgets,
      aGadget("child", {}, ownedBy("owner", uidOf(server, `${gadgets}/owner`))),
    );

    server.send("DELETE", `${gadgets}/owner?propagationPolicy=Orphan`);

    expect(server.send("GET", `${gadgets}/owner`).code).toBe(404);
    const child = server.send("GET", `${gadgets}/child`).body;
    expect(at(child, "metadata", "ownerReferences")).toBeUndefined();
  });

  it("does nothing where controllers are not emulated", () => {
    const server = aGadgetServer({ emulatesControllers: false });
    server.send("POST", gadgets, aGadget("owner"));
    server.send(
      "POST",
      gadgets,
      aGadget("child", {}, ownedBy("owner", uidOf(server, `${gadgets}/owner`))),
    );

    server.send("DELETE", `${gadgets}/owner`);

    expect(server.send("GET", `${gadgets}/child`).code).toBe(200);
  });
});

describe("namespaces", () => {
  const inTeam = gadgets.replace("default", "team");

  it("go after their content, and take no more of it", () => {
    const server = aGadgetServer();
    server.send("POST", "/api/v1/namespaces", { metadata: { name: "team" } });
    server.send("POST", inTeam, aGadget("stays", {}, { finalizers: [finalizer] }));
    server.send("POST", inTeam, aGadget("goes"));

    const { body } = server.send("DELETE", "/api/v1/namespaces/team");

    expect(body["status"]).toEqual({ phase: "Terminating" });
    expect(server.send("GET", `${inTeam}/goes`).code).toBe(404);
    const refused = server.send("POST", inTeam, aGadget("late"));
    expect(refused.code).toBe(403);
    expect(refused.body["message"]).toContain("because it is being terminated");
    server.send("PATCH", `${inTeam}/stays`, { metadata: { finalizers: null } });
    expect(server.send("GET", "/api/v1/namespaces/team").code).toBe(404);
  });

  it("must exist", () => {
    const answer = aGadgetServer().send("POST", inTeam, aGadget("a"));

    expect(answer.code).toBe(404);
    expect(answer.body["message"]).toBe('namespaces "team" not found');
  });

  it("are protected when the cluster needs them", () => {
    expect(aGadgetServer().send("DELETE", "/api/v1/namespaces/default").code).toBe(403);
  });
});

describe("definitions", () => {
  it("serve their kind as soon as they are created", () => {
    const { body } = aGadgetServer().send("GET", `${definitions}/gadgets.test.azure.com`);

    expect(at(body, "status", "storedVersions")).toEqual(["v2"]);
    expect(at(body, "status", "acceptedNames", "kind")).toBe("Gadget");
    expect(at(body, "status", "conditions", 1)).toMatchObject({
      type: "Established",
      status: "True",
    });
  });

  it("go after their objects, which take their kind with them", () => {
    const server = aGadgetServer();
    server.send("POST", gadgets, aGadget("a", {}, { finalizers: [finalizer] }));

    server.send("DELETE", `${definitions}/gadgets.test.azure.com`);

    expect(server.send("POST", gadgets, aGadget("b")).code).toBe(403);
    server.send("PATCH", `${gadgets}/a`, { metadata: { finalizers: null } });
    expect(server.send("GET", `${definitions}/gadgets.test.azure.com`).code).toBe(404);
    expect(server.send("GET", gadgets).code).toBe(404);
  });
});
