import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { group, type HttpsArm, request, startHttpsArm, subscription, vnet } from "./https-arm.ts";

let server: HttpsArm;
beforeAll(async () => {
  server = await startHttpsArm({ durations: [{ type: ".", seconds: 0 }] });
});
afterAll(async () => {
  await server.arm.stop();
});

async function control(path: string, init: RequestInit = {}): Promise<JsonObject> {
  const response = await fetch(`${server.arm.controlUrl}${path}`, init);
  return (await response.json()) as JsonObject;
}

describe("the embedded ARM over HTTPS", () => {
  test("serves a resource from PUT to DELETE with ids on every answer", async () => {
    const put = await request(server, "PUT", group, { location: "West US" });
    expect(put).toMatchObject({ status: 201, body: { location: "westus" } });
    expect(put.headers["x-ms-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect((await request(server, "HEAD", group)).status).toBe(204);
    const accepted = await request(server, "DELETE", group);
    expect(accepted.status).toBe(202);
    const poll = await request(server, "GET", accepted.headers["location"] ?? "");
    expect([poll.status, poll.text]).toEqual([200, ""]);
    expect((await request(server, "GET", group)).status).toBe(404);
  });

  test("names its operations under the host that the client used", async () => {
    await request(server, "PUT", group, { location: "westus" });
    const base = server.arm.url.replace("localhost", "127.0.0.1");
    const put = await request(server, "PUT", `${base}${vnet}`, { location: "westus" });
    expect(put.headers["azure-asyncoperation"]).toContain(`${base}/subscriptions/`);
  });

  test("closes the connection where a fault says so, and serves the next request", async () => {
    server.arm.inject({ path: "resourceGroups/dropped$", drop: "after" });
    const dropped = `${subscription}/resourceGroups/dropped`;
    await expect(request(server, "PUT", dropped, { location: "westus" })).rejects.toThrow();
    expect((await request(server, "GET", dropped)).status).toBe(200);
  });

  test("takes many requests at once and counts how many", async () => {
    server.arm.reset();
    server.arm.set({ latencyMs: 20 });
    const list = Array.from({ length: 40 }, () =>
      request(server, "GET", `${subscription}/resourcegroups`),
    );
    const statuses = (await Promise.all(list)).map((r) => r.status);
    server.arm.set({ latencyMs: 0 });
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(server.arm.stats().maxInFlight).toBeGreaterThan(5);
    expect(server.arm.stats().maxInFlight).toBeLessThanOrEqual(40);
  });

  test("refuses to start on a port that is taken, and leaves nothing behind", async () => {
    const port = Number(new URL(server.arm.url).port);
    await expect(startHttpsArm({ port })).rejects.toThrow("EADDRINUSE");
  });
});

describe("the control surface", () => {
  test("counts, changes a resource behind the back, and shows the journal", async () => {
    await request(server, "PUT", group, { location: "westus" });
    const since = (await control("/_sim/journal")) as unknown as unknown[];
    expect(since.length).toBeGreaterThan(0);
    const mutated = await control(`/_sim/mutate?id=${group}`, {
      method: "POST",
      body: '{"tags":{"by":"hand"}}',
    });
    expect(mutated["tags"]).toEqual({ by: "hand" });
    expect((await request(server, "GET", group)).body).toMatchObject({ tags: { by: "hand" } });
    expect(await control(`/_sim/resource?id=${group}`)).toMatchObject({ tags: { by: "hand" } });
    const stats = await control("/stats?full=1");
    expect(stats["putPerId"]).toMatchObject({ [group.toLowerCase()]: 1 });
    expect(await control("/_sim/stats")).not.toHaveProperty("putPerId");
  });

  test("injects and clears faults, changes settings, and creates and removes resources", async () => {
    await control("/_sim/inject", {
      method: "POST",
      body: '{"method":"GET","status":500,"count":99}',
    });
    expect((await request(server, "GET", group)).status).toBe(500);
    await control("/_sim/inject", { method: "DELETE" });
    expect(
      await control("/_sim/settings", { method: "POST", body: '{"pageSize":7}' }),
    ).toMatchObject({ pageSize: 7 });
    await control("/_sim/put", {
      method: "POST",
      body: JSON.stringify({ id: vnet, location: "westus" }),
    });
    expect((await request(server, "GET", vnet)).status).toBe(200);
    await control(`/_sim/remove?id=${vnet}`, { method: "POST" });
    expect((await request(server, "GET", vnet)).status).toBe(404);
  });

  test("gives the state and takes it back", async () => {
    const before = await control("/_sim/snapshot");
    await request(server, "DELETE", group);
    await control("/_sim/restore", { method: "POST", body: JSON.stringify(before) });
    expect((await request(server, "GET", group)).status).toBe(200);
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a path that is no expression", '{"path":"("}'],
  ])("answers 400 for %s", async (_what, body) => {
    const response = await fetch(`${server.arm.controlUrl}/_sim/inject`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(Object.keys((await response.json()) as object)).toEqual(["error"]);
  });
});
