import type { ArmCredential } from "../../core/resource/credential.ts";
import { isTrustedEndpoint } from "../../core/resource/token-hosts.ts";

/** Where a request may go, or why it goes nowhere. */
export type ArmTarget =
  | { readonly kind: "target"; readonly url: URL }
  /** Not a URL that a token may go to; `problem` says why. */
  | { readonly kind: "refused"; readonly problem: string };

/** Hosts that tokens may go to. */
export type ArmHosts = {
  /** The configured cloud's ARM endpoint; credentials of another cloud send nothing to it. */
  readonly cloudEndpoint: string;
  /** `host` or `host:port`, for every credential. */
  readonly allowedHosts: readonly string[];
};

/**
 * Where a request goes: paths below the credential's endpoint, absolute URLs as they are, both only to https hosts of the endpoint or of
 * `allowedHosts`. The endpoint itself must be the configured one, on that list, or a Microsoft cloud's: tenants may name it. Poll URLs come from ARM's answers and from annotations that users can edit: neither is trusted.
 */
export function resolveTarget(
  url: string,
  credential: ArmCredential,
  { cloudEndpoint, allowedHosts }: ArmHosts,
): ArmTarget {
  const endpoint = URL.parse(credential.cloud.endpoint);
  if (endpoint === null || endpoint.protocol !== "https:") {
    return refused(`the ARM endpoint "${credential.cloud.endpoint}" is not an https URL`);
  }
  if (!isTrustedEndpoint(endpoint.href, { configured: cloudEndpoint, allowedHosts })) {
    return refused(
      `the ARM endpoint "${endpoint.host}" is not a Microsoft cloud's and not listed in ASO_FUNCTIONS_ARM_HOSTS`,
    );
  }
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(url);
  if (!absolute && !/^\/[^/\\]/.test(url)) {
    return refused("it is neither an absolute URL nor a path below the endpoint");
  }
  const target = absolute ? URL.parse(url) : URL.parse(endpoint.href.replace(/\/+$/, "") + url);
  if (target === null || target.protocol !== "https:") {
    return refused("it is not an https URL");
  }
  if (target.username !== "" || target.password !== "") {
    return refused("it carries a user name");
  }
  const hosts = [endpoint.host, ...allowedHosts.map((host) => host.toLowerCase())];
  if (!hosts.includes(target.host)) {
    return refused(
      `host "${target.host}" is neither the ARM endpoint "${endpoint.host}" nor on the list of allowed hosts`,
    );
  }
  return { kind: "target", url: target };
}

function refused(problem: string): ArmTarget {
  return { kind: "refused", problem };
}

/**
 * The ARM type that a path is about, e.g. `Microsoft.Storage/storageAccounts`; polls yield `…/locations/operations`.
 * undefined for a path that names none, which ASO does not count either (aso-semantics 11).
 */
export function resourceTypeOf(path: string): string | undefined {
  const segments = path.split("/").filter((segment) => segment !== "");
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  if (provider >= 0) {
    const [namespace, ...rest] = segments.slice(provider + 1);
    const types = rest.filter((_, index) => index % 2 === 0);
    return namespace === undefined ? undefined : [namespace, ...types].join("/");
  }
  const [root = "", , child = ""] = segments.map((segment) => segment.toLowerCase());
  if (root !== "subscriptions") {
    return undefined;
  }
  return child === "resourcegroups"
    ? "Microsoft.Resources/resourceGroups"
    : "Microsoft.Resources/subscriptions";
}
