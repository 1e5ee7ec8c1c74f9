import { armError } from "./arm-error.ts";
import { azureLimits, operationClass } from "./budgets.ts";
import type { Target } from "./parse-target.ts";
import type { Answer } from "./types.ts";
import type { Call, World } from "./world.ts";

/** 401 with the reason. */
export function unauthorised(reason: string): Answer {
  return armError(401, "InvalidAuthenticationToken", `Authentication failed. ${reason}`, {
    headers: {
      "WWW-Authenticate":
        'Bearer authorization_uri="https://login.sandbox/", error="invalid_token"',
    },
  });
}

type Budget =
  | { readonly kind: "granted"; readonly headers: Record<string, string> }
  | { readonly kind: "refused"; readonly answer: Answer };

/** Takes one token of the principal's bucket; the headers tell what is left. */
export function takeBudget(
  world: World,
  method: string,
  subscription: string,
  principal: string,
): Budget {
  const kind = operationClass(method);
  const name = `x-ms-ratelimit-remaining-subscription-${kind}s`;
  const limits = world.settings.throttle;
  if (limits === false) {
    return { kind: "granted", headers: { [name]: String(azureLimits[kind].burst - 1) } };
  }
  const key = `${subscription.toLowerCase()}|${principal}`;
  const { remaining, waitSeconds } = world.budgets.take(key, kind, limits, world.clock.now());
  const headers: Record<string, string> = { [name]: String(remaining) };
  if (waitSeconds === 0) return { kind: "granted", headers };
  world.statistics.event("throttled");
  headers["Retry-After"] = String(waitSeconds);
  const message = `Number of '${kind}' requests for subscription '${subscription}' exceeded the limit. Please try again after '${waitSeconds}' seconds.`;
  return {
    kind: "refused",
    answer: armError(429, "SubscriptionRequestsThrottled", message, { headers }),
  };
}

/** The subscription of a target; `tenant` without one. */
export function subscriptionOf(target: Target): string {
  if (target.kind === "resource" || target.kind === "action")
    return target.resource.subscription ?? "tenant";
  if (target.kind === "unknown" || target.kind === "subscriptions") return "tenant";
  return target.subscription ?? "tenant";
}

/** 400 without a well-formed api-version. */
export function checkVersion(call: Call): Answer | undefined {
  const version = call.url.searchParams.get("api-version");
  if (version === null || version === "") {
    return armError(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  if (/^\d{4}-\d{2}-\d{2}(-[a-z]+)?$/i.test(version)) return undefined;
  return armError(
    400,
    "InvalidApiVersionParameter",
    `The api-version '${version}' is invalid: it must look like 2024-01-31 or 2024-01-31-preview.`,
  );
}

/** 404 outside the known subscriptions. */
export function checkSubscription(world: World, target: Target): Answer | undefined {
  const asked = subscriptionOf(target);
  const isKnown = world.settings.subscriptions.some((s) => s.toLowerCase() === asked.toLowerCase());
  if (asked === "tenant" || isKnown) return undefined;
  return armError(404, "SubscriptionNotFound", `The subscription '${asked}' could not be found.`);
}
