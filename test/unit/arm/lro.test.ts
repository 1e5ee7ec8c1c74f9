import { describe, expect, it } from "vitest";
import {
  advanceOperation,
  beginOperation,
  finishOperation,
  type Operation,
  operationFromBody,
  pollUrl,
} from "../../../src/core/arm/lro.ts";
import type { HttpAnswer } from "../../../src/core/arm/lro-state.ts";
import { readResumeToken, writeResumeToken } from "../../../src/core/arm/resume-token.ts";
import { pollerIds } from "../../../src/core/resource/names.ts";

const url = "https://management.azure.com/subscriptions/s/resourceGroups/rg?api-version=1";
const statusUrl = "https://management.azure.com/operations/1";

function answer(
  status: number,
  body: unknown = "",
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, headers, text: typeof body === "string" ? body : JSON.stringify(body) };
}

const running: Operation = {
  ...{ protocol: "async", method: "PUT", pollUrl: statusUrl, state: "InProgress" },
  ...{ originalUrl: url, locationUrl: "" },
};

describe("beginOperation", () => {
  it("keeps the Retry-After of the very first answer", () => {
    const headers = { "azure-asyncoperation": statusUrl, "retry-after": "7" };
    expect(beginOperation({ method: "PUT", url, answer: answer(201, "", headers) })).toMatchObject({
      kind: "running",
      retryAfter: "7",
      operation: { protocol: "async", pollUrl: statusUrl, originalUrl: url },
    });
  });

  it.each([
    { method: "DELETE", answer: answer(404), kind: "gone", because: "nothing is there" },
    { method: "DELETE", answer: answer(204), kind: "done", because: "it is deleted" },
    { method: "PUT", answer: answer(200, {}), kind: "done", because: "no state means success" },
    {
      method: "PUT",
      answer: answer(200, { properties: { provisioningState: "Failed" } }),
      kind: "failed",
      because: "a failed state is no success",
    },
    {
      method: "PUT",
      answer: answer(201, { properties: { provisioningState: "Creating" } }),
      kind: "running",
      because: "the body says so",
    },
    {
      method: "PUT",
      answer: answer(202, { properties: { provisioningState: "Failed" } }, { location: statusUrl }),
      kind: "running",
      because: "the state is that of the attempt before",
    },
    {
      method: "DELETE",
      answer: answer(202),
      kind: "failed",
      because: "nothing tells how to follow it",
    },
    {
      method: "PUT",
      answer: answer(202, "", { location: "http://evil.example/x" }),
      kind: "failed",
      because: "the URL is not https",
    },
    {
      method: "PUT",
      answer: answer(200, {}, { location: "/subscriptions/s/resourceGroups/g" }),
      kind: "done",
      because: "a relative Location is the resource's own",
    },
    {
      method: "DELETE",
      answer: answer(202, "", { location: "/subscriptions/s/resourceGroups/g" }),
      kind: "failed",
      because: "a deletion has no resource to look at",
    },
  ] as const)("is $kind for $method $answer.status because $because", (one) => {
    expect(beginOperation({ method: one.method, url, answer: one.answer }).kind).toBe(one.kind);
  });
});

describe("advanceOperation", () => {
  it.each([408, 429, 500, 503, 504])("keeps the operation when a poll is answered %d", (status) => {
    const next = advanceOperation(running, answer(status, "", { "retry-after": "9" }));
    expect(next).toMatchObject({ kind: "transient", retryAfter: "9" });
  });

  it("believes a server error that names the terminal failure", () => {
    const body = { status: "Failed", error: { code: "SkuNotAvailable", message: "none left" } };
    expect(advanceOperation(running, answer(500, body))).toMatchObject({
      kind: "failed",
      failure: { code: "SkuNotAvailable", message: "none left" },
    });
  });

  it("follows a URL that moved, and ignores one that cannot be polled", () => {
    const moved = `${statusUrl}?t=2`;
    const headers = { "azure-asyncoperation": moved };
    const next = advanceOperation(running, answer(200, { status: "Running" }, headers));
    expect(next.kind === "running" && pollUrl(next.operation)).toBe(moved);
    const bad = { "azure-asyncoperation": "/relative" };
    const kept = advanceOperation(running, answer(200, { status: "Running" }, bad));
    expect(kept.kind === "running" && pollUrl(kept.operation)).toBe(statusUrl);
  });

  it("asks for the resource after success of a PUT, and for nothing after a DELETE", () => {
    const succeeded = answer(200, { status: "Succeeded" });
    expect(advanceOperation(running, succeeded)).toEqual({ kind: "succeeded", finalGet: url });
    expect(advanceOperation({ ...running, method: "DELETE" }, succeeded)).toEqual({
      kind: "succeeded",
    });
  });

  it("follows a resource that was found in the middle of an operation", () => {
    const body = { properties: { provisioningState: "Updating" } };
    const operation = operationFromBody(url, body);
    expect(operation).toMatchObject({ protocol: "body", pollUrl: url, state: "Updating" });
    expect(advanceOperation(operation, answer(200, body)).kind).toBe("running");
    expect(advanceOperation(operation, answer(200, {})).kind).toBe("succeeded");
    expect(advanceOperation(operation, answer(404)).kind).toBe("failed");
  });
});

describe("finishOperation", () => {
  it("takes an object or nothing, and keeps waiting when ARM is busy", () => {
    expect(finishOperation(running, answer(200, { id: "/x", kind: null })).kind).toBe("done");
    expect(finishOperation(running, answer(200, [])).kind).toBe("failed");
    expect(finishOperation(running, answer(200, { name: 5 })).kind).toBe("failed");
    expect(finishOperation(running, answer(429)).kind).toBe("transient");
  });
});

describe("resume tokens", () => {
  it("escape what Go's encoder escapes", () => {
    const { id, token } = writeResumeToken({ ...running, pollUrl: `${statusUrl}?a=1&h=<x>` });
    expect(id).toBe(pollerIds.create);
    expect(token).toContain(
      '"asyncURL":"https://management.azure.com/operations/1?a=1\\u0026h=\\u003cx\\u003e"',
    );
  });

  it.each([
    { id: "", token: "{}", because: "the poller is unknown" },
    { id: pollerIds.create, token: "not json", because: "it is no JSON" },
    {
      id: pollerIds.create,
      token: '{"type":"GenericDeleteResponse","token":{}}',
      because: "types differ",
    },
    {
      id: pollerIds.create,
      token: '{"type":"GenericResource","token":{"type":"loc","pollURL":"http://evil.example/"}}',
      because: "the URL is not https",
    },
    {
      id: pollerIds.create,
      token: '{"type":"GenericResource","token":{"asyncURL":5}}',
      because: "a member has another type",
    },
  ])("give a problem and never throw when $because", ({ id, token }) => {
    expect(readResumeToken(id, token)).toMatchObject({ kind: "problem" });
  });
});
