import type { Problem, RetrySpeed } from "../resource/types.ts";
import type { ArmFailure } from "./parse-error.ts";

/** One exception of a kind from the general table, as data. All given conditions must hold; texts are compared with regard to case. */
export type ErrorOverride = {
  readonly codes?: readonly string[];
  readonly statuses?: readonly number[];
  /** Every one of these is part of the message. */
  readonly messageContains?: readonly string[];
  /** The message matches one of these; `.` does not match a line break. */
  readonly messageMatches?: readonly RegExp[];
  readonly result: "retryable" | "fatal";
  /** Absent: the speed of the general table stays. */
  readonly speed?: RetrySpeed;
};

type Classification = { readonly fatal: boolean; readonly speed: RetrySpeed };

/** Codes that heal by themselves or by a change elsewhere (aso-semantics.md 3.2). */
const slowCodes = new Set([
  "AnotherOperationInProgress",
  "AuthorizationFailed",
  "AllocationFailed",
  "Conflict",
  "FailedIdentityOperation",
  "InvalidResourceReference",
  "InvalidSubscriptionRegistrationState",
  "LinkedAuthorizationFailed",
  "MissingRegistrationForLocation",
  "MissingSubscriptionRegistration",
  "NoRegisteredProviderFound",
  "NotFound",
  "ParentResourceNotFound",
  "PrincipalNotFound",
  "ResourceGroupNotFound",
  "ResourceNotFound",
  "ResourceQuotaExceeded",
  "RequestDisallowedByPolicy",
  "SubscriptionNotRegistered",
]);

/** Codes that rarely heal without a change of the resource. */
const verySlowCodes = new Set([
  "BadRequestFormat",
  "BadRequest",
  "InvalidResourceGroupLocation",
  "InvalidParameter",
  "InvalidParameterValue",
  "MethodNotAllowed",
  "ReservedResourceName",
  "RegionIsOfferRestricted",
  "ScopeLocked",
  "SkuNotAvailable",
  "SubscriptionNotFound",
]);

/** Codes that say the request itself is wrong. */
const fatalCodes = new Set([
  "PublicIpForGatewayIsRequired",
  "InvalidResourceType",
  "InvalidRequestContent",
  "InvalidTemplate",
  "InvalidValuesForRequestParameters",
  "InvalidGatewaySkuProvidedForGatewayVpnType",
  "InvalidGatewaySize",
  "K8sVersionNotSupported",
  "LocationRequired",
  "MissingRequiredParameter",
  "PasswordTooLong",
  "PrivateIPAddressInReservedRange",
  "PrivateIPAddressNotInSubnet",
  "PropertyChangeNotAllowed",
]);

/**
 * What a failure of ARM means for the resource (aso-semantics.md 3.2, 3.3). Severity and reason are ASO's; unlike there a
 * severity Error is still retried, slowly. Failures of a DELETE are never errors. Overrides apply to ARM errors only.
 */
export function classifyFailure(
  failure: ArmFailure,
  operation: "PUT" | "DELETE",
  overrides: readonly ErrorOverride[] = [],
): Problem {
  const { fatal, speed } =
    failure.kind === "cloudError"
      ? overridden(generally(failure), failure, overrides)
      : { fatal: false, speed: "slow" as const };
  return {
    reason: failure.code,
    severity: fatal && operation === "PUT" ? "Error" : "Warning",
    message: failure.message,
    retry: speed,
  };
}

function generally(failure: ArmFailure): Classification {
  if (fatalCodes.has(failure.code)) return { fatal: true, speed: "slow" };
  if (slowCodes.has(failure.code)) return { fatal: false, speed: "slow" };
  const verySlow = verySlowCodes.has(failure.code) || failure.status === 400;
  return { fatal: false, speed: verySlow ? "verySlow" : "slow" };
}

function overridden(
  base: Classification,
  failure: ArmFailure,
  overrides: readonly ErrorOverride[],
): Classification {
  const row = overrides.find((one) => applies(one, failure));
  if (row === undefined) return base;
  return { fatal: row.result === "fatal", speed: row.speed ?? base.speed };
}

function applies(row: ErrorOverride, failure: ArmFailure): boolean {
  if (row.codes?.includes(failure.code) === false) return false;
  if (row.statuses !== undefined && !row.statuses.includes(failure.status ?? 0)) return false;
  if (row.messageContains?.every((part) => failure.message.includes(part)) === false) return false;
  return row.messageMatches?.some((pattern) => pattern.test(failure.message)) ?? true;
}
