import { createHttpPoller, type OperationResponse } from "@azure/core-lro";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import type { LroRule } from "../../../src/sandbox/arm/types.ts";
import { group, type HttpsArm, request, startHttpsArm, vnet } from "./https-arm.ts";

let server: HttpsArm;
beforeAll(async () => {
  server = await startHttpsArm();
  await request(server, "PUT", group, { location: "westus" });
});
afterAll(async () => {
  await server.arm.stop();
});

async function send(
  method: string,
  path: string,
  body?: JsonValue,
): Promise<OperationResponse<JsonValue | undefined>> {
  const answer = await request(server, method, path, body);
  const rawResponse = {
    statusCode: answer.status,
    headers: answer.headers,
    body: answer.body,
    request: { method, url: `${server.arm.url}${path}`, body },
  };
  return { flatResponse: answer.body, rawResponse };
}

/** Lets the SDK's own poller follow an operation to its end. */
async function follow(
  method: "PUT" | "DELETE",
  path: string,
  body?: JsonValue,
): Promise<{ status: string; result: unknown }> {
  const poller = createHttpPoller<
    JsonValue | undefined,
    { status: "running" | "succeeded" | "failed" | "canceled" | "notStarted" }
  >(
    {
      sendInitialRequest: () => send(method, path, body),
      sendPollRequest: (url) => send("GET", url),
    },
    { intervalInMs: 20, resolveOnUnsuccessful: true },
  );
  const result = await poller.pollUntilDone();
  return { status: poller.operationState?.status ?? "", result };
}

const rules: Omit<LroRule, "type" | "seconds">[] = [
  { shape: "none" },
  { shape: "body" },
  { shape: "async" },
  { shape: "location" },
  { shape: "both" },
  { shape: "async", moving: "required" },
  { shape: "location", moving: "required" },
  { shape: "both", moving: "offered" },
];

describe("the poller of the Azure SDK", () => {
  test.each(rules)("follows a PUT and a DELETE of %o to success", async (rule) => {
    server.arm.set({ durations: [{ type: "virtualNetworks$", seconds: 0.1, ...rule }] });
    const put = await follow("PUT", vnet, {
      location: "westus",
      tags: { shape: String(rule.shape) },
    });
    expect(put).toMatchObject({
      status: "succeeded",
      result: { name: "v", properties: { provisioningState: "Succeeded" } },
    });
    expect(server.arm.resource(vnet)).toMatchObject({ tags: { shape: String(rule.shape) } });
    expect(await follow("DELETE", vnet)).toMatchObject({ status: "succeeded" });
    expect(server.arm.resource(vnet)).toBeUndefined();
  });

  test.each([
    { lro: "Failed" as const, status: "failed" },
    { lro: "Canceled" as const, status: "canceled" },
  ])("sees an operation that ends $lro", async ({ lro, status }) => {
    server.arm.set({ durations: [{ type: "virtualNetworks$", seconds: 0.05, shape: "async" }] });
    server.arm.inject({ path: "virtualNetworks/v$", lro, code: "ServerIsBusy" });
    expect((await follow("PUT", vnet, { location: "westus" })).status).toBe(status);
  });

  test("would poll too early if it ignored Retry-After, and that is counted", async () => {
    server.arm.set({
      durations: [{ type: "virtualNetworks$", seconds: 60, shape: "async", retryAfter: 30 }],
    });
    server.arm.reset();
    const put = await send("PUT", vnet, { location: "westus" });
    await request(server, "GET", String(put.rawResponse.headers["azure-asyncoperation"]));
    expect(server.arm.stats()).toMatchObject({ polls: 1, earlyPolls: 1 });
    const next = await send("GET", String(put.rawResponse.headers["azure-asyncoperation"]));
    expect(next.rawResponse.headers["retry-after"]).toBe("30");
  });
});
