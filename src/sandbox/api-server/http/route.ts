import { servedVersion } from "../store/resource-type.ts";
import type { TypeRegistry } from "../store/type-registry.ts";
import type { Target } from "../store/write-target.ts";

/** What the path of a resource request addresses. An empty name means the collection. */
export type ResourceRoute = {
  readonly kind: "resource";
  readonly target: Omit<Target, "subresource">;
  readonly subresource: string;
};

/** What a path stands for. */
export type Route =
  | ResourceRoute
  /** `/apis/<group>/<version>` and its parents; empty parts mean the level above. */
  | {
      readonly kind: "discovery";
      readonly root: "api" | "apis";
      readonly group: string;
      readonly version: string;
    }
  /** A review without storage: SelfSubjectReview and the like. */
  | { readonly kind: "review"; readonly resource: string }
  /** A resource that does not exist in a group that does. */
  | { readonly kind: "unknownResource" }
  | { readonly kind: "other" };

/** Groups that only answer reviews, with their resources. */
export const reviewGroups: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "authentication.k8s.io": { selfsubjectreviews: "SelfSubjectReview" },
  "authorization.k8s.io": {
    selfsubjectaccessreviews: "SelfSubjectAccessReview",
    selfsubjectrulesreviews: "SelfSubjectRulesReview",
  },
};

/** Reads a path. Unknown groups are `other`, which is answered with Go's plain 404. */
export function parseRoute(types: TypeRegistry, path: string): Route {
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodeSegment);
  const [root, ...rest] = segments;
  if (root === "api") {
    const [version = "", ...resource] = rest;
    if (resource.length === 0) return { kind: "discovery", root, group: "", version };
    return version === "v1" ? resourceRoute(types, "", version, resource) : { kind: "other" };
  }
  if (root !== "apis") return { kind: "other" };
  const [group = "", version = "", ...resource] = rest;
  if (resource.length === 0) return { kind: "discovery", root, group, version };
  const review = reviewGroups[group];
  if (review !== undefined) {
    const name = resource[0] ?? "";
    return version === "v1" && review[name] !== undefined
      ? { kind: "review", resource: name }
      : { kind: "unknownResource" };
  }
  return resourceRoute(types, group, version, resource);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A malformed escape names no object; it is looked up as it stands and not found.
    return segment;
  }
}

function resourceRoute(
  types: TypeRegistry,
  group: string,
  versionName: string,
  segments: readonly string[],
): Route {
  const isScoped =
    segments[0] === "namespaces" && segments.length > 2 && !isNamespacePart(group, segments);
  const namespace = isScoped ? (segments[1] ?? "") : "";
  const [plural = "", name = "", subresource = ""] = isScoped ? segments.slice(2) : segments;
  const type = types.get(group, plural);
  const version = type && servedVersion(type, versionName);
  if (type === undefined || version === undefined) {
    return group === "" ? { kind: "unknownResource" } : { kind: "other" };
  }
  if (isScoped !== type.namespaced && (isScoped || name !== "")) return { kind: "unknownResource" };
  return { kind: "resource", target: { type, version, namespace, name }, subresource };
}

/** `/api/v1/namespaces/x/status` and `/finalize` are parts of the namespace, not resources in it. */
function isNamespacePart(group: string, segments: readonly string[]): boolean {
  return (
    group === "" && segments.length === 3 && ["status", "finalize"].includes(segments[2] ?? "")
  );
}
