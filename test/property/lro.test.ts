import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { advanceOperation, beginOperation, type Operation } from "../../src/core/arm/lro.ts";
import { readResumeToken, writeResumeToken } from "../../src/core/arm/resume-token.ts";
import { pollerIds } from "../../src/core/resource/names.ts";

const url = "https://management.azure.com/subscriptions/s/resourceGroups/g?api-version=1";
const state = fc.constantFrom(
  "InProgress",
  "Creating",
  "Succeeded",
  "Failed",
  "canceled",
  'x"<&>é',
);
const body = fc.oneof(
  fc.constant(""),
  state.map((one) => JSON.stringify({ status: one, properties: { provisioningState: one } })),
  fc.json(),
  fc.string(),
);
const polling = fc
  .webUrl({ withQueryParameters: true })
  .map((one) => one.replace(/^http:/, "https:"));
const headers = fc.record(
  {
    "azure-asyncoperation": polling,
    "operation-location": polling,
    location: fc.oneof(polling, fc.string()),
    "retry-after": fc.oneof(fc.nat().map(String), fc.string()),
  },
  { requiredKeys: [] },
);
const status = fc.oneof(
  fc.constantFrom(200, 201, 202, 204, 404, 409, 429, 503),
  fc.integer({ min: 100, max: 599 }),
);
const answer = fc.record({ status, headers, text: body });
const method = fc.constantFrom("PUT" as const, "DELETE" as const);

/** What reading a token may leave out: empty URLs that only two protocols have. */
function comparable({ protocol, method: how, pollUrl, state: word }: Operation) {
  return { protocol, how, pollUrl, word };
}

describe("long-running operations", () => {
  test.prop([method, answer, fc.array(answer, { maxLength: 5 })])(
    "any answers lead to a decision, and every running state survives its token",
    (how, first, polls) => {
      const begun = beginOperation({ method: how, url, answer: first });
      if (begun.kind !== "running") return;
      let { operation } = begun;
      for (const one of polls) {
        const { id, token } = writeResumeToken(operation);
        const read = readResumeToken(id, token);
        expect("problem" in read ? read.problem : comparable(read)).toEqual(comparable(operation));
        const next = advanceOperation(operation, one);
        if (next.kind === "succeeded" || next.kind === "failed") return;
        if (next.kind === "running") operation = next.operation;
      }
    },
  );

  test.prop([
    answer.filter((one) => one.text === "" && [408, 429, 500, 502, 503, 504].includes(one.status)),
  ])("an answer that says nothing never ends an operation", (one) => {
    const operation = {
      protocol: "async",
      method: "PUT",
      pollUrl: url,
      state: "InProgress",
    } as const;
    expect(advanceOperation(operation, one).kind).toBe("transient");
  });

  test.prop([
    fc.constantFrom(pollerIds.create, pollerIds.delete, ""),
    fc.oneof(fc.string(), fc.json()),
  ])("reading a token never throws", (id, token) => {
    expect(readResumeToken(id, token)).toBeTypeOf("object");
  });
});
