import { describe, expect, it } from "vitest";
import { classifyFailure } from "../../../src/core/arm/classify-error.ts";
import { errorOverrides } from "../../../src/core/arm/error-overrides.ts";
import { parseArmFailure } from "../../../src/core/arm/parse-error.ts";
import { retryAfterMs } from "../../../src/core/arm/retry-after.ts";

const error = (code: string, message: string, extra: object = {}): string =>
  JSON.stringify({ error: { code, message, ...extra } });

describe("parseArmFailure", () => {
  it.each([
    { text: "", code: "UnknownError", kind: "cloudError", because: "an empty body has defaults" },
    {
      text: '{"code":"A","Code":"B"}',
      code: "B",
      kind: "cloudError",
      because: "the last one wins",
    },
    {
      text: '{"code":"A","error":{}}',
      code: "UnknownError",
      kind: "cloudError",
      because: "error counts",
    },
    { text: '{"code":"A","error":null}', code: "A", kind: "cloudError", because: "null does not" },
    { text: '{"error":"A"}', code: "UnknownError", kind: "responseError", because: "it is a text" },
    { text: "<html>", code: "UnknownError", kind: "responseError", because: "it is no JSON" },
  ])("reads $text as $code because $because", ({ text, code, kind }) => {
    expect(parseArmFailure(400, text)).toMatchObject({ code, kind });
  });

  it("asks to register a missing provider, but only one with a proper name", () => {
    const missing = (target: unknown): string =>
      error("MissingSubscriptionRegistration", "not registered", { details: [{ target }] });
    expect(parseArmFailure(409, missing("Microsoft.Cache")).registration).toEqual({
      namespace: "Microsoft.Cache",
    });
    expect(parseArmFailure(409, missing("x/../../y")).registration).toBeUndefined();
    expect(parseArmFailure(403, missing("Microsoft.Cache")).registration).toBeUndefined();
  });

  it("shows only the beginning of a foreign body", () => {
    expect(parseArmFailure(502, "x".repeat(10_000)).message.length).toBeLessThan(500);
  });
});

describe("classifyFailure", () => {
  const put = (status: number, text: string, kind = "") =>
    classifyFailure(parseArmFailure(status, text), "PUT", errorOverrides[kind]);

  it("shows a wrong request as an Error and still retries it slowly", () => {
    expect(put(400, error("InvalidTemplate", "wrong"))).toEqual({
      reason: "InvalidTemplate",
      severity: "Error",
      message: "wrong",
      retry: "slow",
    });
  });

  /** aso-features.md 5.5, code by code. */
  const table = {
    slow: "AnotherOperationInProgress AuthorizationFailed AllocationFailed Conflict FailedIdentityOperation InvalidResourceReference InvalidSubscriptionRegistrationState LinkedAuthorizationFailed MissingRegistrationForLocation MissingSubscriptionRegistration NoRegisteredProviderFound NotFound ParentResourceNotFound PrincipalNotFound ResourceGroupNotFound ResourceNotFound ResourceQuotaExceeded RequestDisallowedByPolicy SubscriptionNotRegistered",
    verySlow:
      "BadRequestFormat BadRequest InvalidResourceGroupLocation InvalidParameter InvalidParameterValue MethodNotAllowed ReservedResourceName RegionIsOfferRestricted ScopeLocked SkuNotAvailable SubscriptionNotFound",
    fatal:
      "PublicIpForGatewayIsRequired InvalidResourceType InvalidRequestContent InvalidTemplate InvalidValuesForRequestParameters InvalidGatewaySkuProvidedForGatewayVpnType InvalidGatewaySize K8sVersionNotSupported LocationRequired MissingRequiredParameter PasswordTooLong PrivateIPAddressInReservedRange PrivateIPAddressNotInSubnet PropertyChangeNotAllowed",
  } as const;
  it.each(
    Object.entries(table).flatMap(([speed, codes]) =>
      codes.split(" ").map((code) => ({ code, speed })),
    ),
  )("repeats $code $speed", ({ code, speed }) => {
    for (const status of [400, 403])
      expect(put(status, error(code, "why"))).toEqual({
        reason: code,
        severity: speed === "fatal" ? "Error" : "Warning",
        message: "why",
        retry: speed === "fatal" ? "slow" : speed,
      });
  });

  it("repeats a code that is listed nowhere slowly, after a 400 very slowly", () => {
    expect(put(409, error("Quux", "m"))).toMatchObject({ severity: "Warning", retry: "slow" });
    expect(put(500, error("Quux", "m"))).toMatchObject({ severity: "Warning", retry: "slow" });
    expect(put(400, error("Quux", "m"))).toMatchObject({ severity: "Warning", retry: "verySlow" });
  });

  it("never calls a failed deletion an Error", () => {
    const failure = parseArmFailure(400, error("InvalidTemplate", "wrong"));
    expect(classifyFailure(failure, "DELETE").severity).toBe("Warning");
  });

  it("follows the exceptions of a kind", () => {
    const busy = error("ServiceUnavailable", "we are currently experiencing high demand");
    expect(put(503, busy, "documentdb/DatabaseAccount").severity).toBe("Error");
    expect(put(503, busy).severity).toBe("Warning");
    const route = error("BadRequest", "This resource is still associated with a route.");
    expect(put(400, route, "cdn/AfdCustomDomain").retry).toBe("slow");
    expect(put(400, route).retry).toBe("verySlow");
  });

  it("has exceptions for 32 kinds", () => {
    expect(Object.keys(errorOverrides)).toHaveLength(32);
  });
});

describe("retryAfterMs", () => {
  const now = Date.UTC(2024, 0, 1, 12, 0, 0);
  it.each([
    { value: undefined, ms: undefined },
    { value: "5", ms: 5000 },
    { value: "+007", ms: 7000 },
    { value: "-1", ms: undefined },
    { value: "99999999999", ms: undefined },
    { value: "Mon, 01 Jan 2024 12:00:30 GMT", ms: 30_000 },
    { value: "Mon, 01 Jan 2024 12:00:30 +0000", ms: 30_000 },
    { value: "Monday, 01-Jan-24 12:00:30 GMT", ms: 30_000 },
    { value: "Mon Jan  1 12:00:30 2024", ms: 30_000 },
    { value: "Mon, 01 Jan 2024 11:00:00 GMT", ms: 0 },
    { value: "2024-01-01T12:00:30Z", ms: undefined },
  ])("reads $value", ({ value, ms }) => {
    expect(retryAfterMs(value, now)).toBe(ms);
  });
});
