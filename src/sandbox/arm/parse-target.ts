/** A resource id taken apart. */
export type ResourceId = {
  readonly id: string;
  /** `Microsoft.Network/virtualNetworks/subnets`; groups and subscriptions have types of Microsoft.Resources. */
  readonly type: string;
  readonly name: string;
  /** The nearest container: parent resource, resource that an extension is put on, group or subscription; empty at tenant level. */
  readonly parent: string;
  readonly subscription: string | undefined;
  readonly group: string | undefined;
};

/** What a path of ARM means. */
export type Target =
  | { readonly kind: "resource"; readonly resource: ResourceId }
  /** All resources of a type in a scope or under a parent; also the form of a provider-level action. */
  | {
      readonly kind: "collection";
      readonly type: string;
      readonly scope: string;
      readonly subscription: string | undefined;
    }
  | { readonly kind: "action"; readonly resource: ResourceId; readonly action: string }
  | { readonly kind: "allResources"; readonly scope: string; readonly subscription: string }
  | { readonly kind: "subscriptions" }
  | { readonly kind: "subscription"; readonly subscription: string }
  | {
      readonly kind: "providers";
      readonly subscription: string;
      readonly namespace: string | undefined;
      readonly action: string | undefined;
    }
  | {
      readonly kind: "operation";
      readonly operation: string;
      readonly style: "async" | "location";
      readonly subscription: string;
    }
  | { readonly kind: "unknown" };

/** The ARM type of resource groups. */
export const groupType = "Microsoft.Resources/resourceGroups";

/** Takes a resource id apart; undefined when the text is none. */
export function parseResourceId(text: string): ResourceId | undefined {
  const target = parseTarget(text, "GET");
  return target.kind === "resource" ? target.resource : undefined;
}

/** Reads the path of a request. A POST on an odd path below a provider is an action, any other method a collection. */
export function parseTarget(path: string, method: string): Target {
  const segments = path.split("/").filter((s) => s !== "");
  const low = segments.map((s) => s.toLowerCase());
  const providers = low.lastIndexOf("providers");
  const operation = operationTarget(low);
  if (operation !== undefined) return operation;
  if (providers === 2 && low[0] === "subscriptions") {
    const list = providerTarget(segments, low, method);
    if (list !== undefined) return list;
  }
  return providers < 0 ? scopeTarget(segments, low) : typedTarget(segments, providers, method);
}

function operationTarget(low: readonly string[]): Target | undefined {
  const subscription = low[0] === "subscriptions" ? low[1] : undefined;
  const last = low.at(-1);
  const collection = low.at(-2) ?? "";
  if (subscription === undefined || last === undefined) return undefined;
  if (!/^(operationstatuses|operationresults)$/.test(collection)) return undefined;
  const style = collection === "operationresults" ? "location" : "async";
  return { kind: "operation", operation: last, style, subscription };
}

function providerTarget(
  segments: readonly string[],
  low: readonly string[],
  method: string,
): Target | undefined {
  const subscription = segments[1] ?? "";
  const namespace = segments[3];
  if (segments.length <= 4)
    return { kind: "providers", subscription, namespace, action: undefined };
  const action = low[4];
  return method === "POST" &&
    segments.length === 5 &&
    (action === "register" || action === "unregister")
    ? { kind: "providers", subscription, namespace, action }
    : undefined;
}

function scopeTarget(segments: readonly string[], low: readonly string[]): Target {
  if (low[0] !== "subscriptions") return { kind: "unknown" };
  const subscription = segments[1];
  if (subscription === undefined) return { kind: "subscriptions" };
  if (segments.length === 2) return { kind: "subscription", subscription };
  if (low.at(-1) === "resources" && (segments.length === 3 || segments.length === 5)) {
    return { kind: "allResources", scope: `/${segments.slice(0, -1).join("/")}`, subscription };
  }
  if (low[2] !== "resourcegroups") return { kind: "unknown" };
  const scope = `/subscriptions/${subscription}`;
  const group = segments[3];
  if (group === undefined) return { kind: "collection", type: groupType, scope, subscription };
  const resource: ResourceId = {
    id: `${scope}/resourceGroups/${group}`,
    type: groupType,
    name: group,
    parent: scope,
    subscription,
    group,
  };
  if (segments.length === 4) return { kind: "resource", resource };
  return segments.length === 5
    ? { kind: "action", resource, action: segments[4] ?? "" }
    : { kind: "unknown" };
}

function typedTarget(segments: readonly string[], providers: number, method: string): Target {
  const namespace = segments[providers + 1];
  const rest = segments.slice(providers + 2);
  if (namespace === undefined || rest.length === 0) return { kind: "unknown" };
  const scope = scopeText(segments.slice(0, providers));
  const types = rest.filter((_, i) => i % 2 === 0);
  if (rest.length % 2 === 0) {
    return { kind: "resource", resource: resourceOf(scope, namespace, rest) };
  }
  const last = types.at(-1) ?? "";
  if (method === "POST" && rest.length > 1) {
    return {
      kind: "action",
      resource: resourceOf(scope, namespace, rest.slice(0, -1)),
      action: last,
    };
  }
  const under =
    rest.length === 1 ? scope : `${scope}/providers/${namespace}/${rest.slice(0, -1).join("/")}`;
  return {
    kind: "collection",
    type: [namespace, ...types].join("/"),
    scope: under,
    subscription: subscriptionOf(scope),
  };
}

function resourceOf(scope: string, namespace: string, rest: readonly string[]): ResourceId {
  const base = `${scope}/providers/${namespace}`;
  return {
    id: `${base}/${rest.join("/")}`,
    type: [namespace, ...rest.filter((_, i) => i % 2 === 0)].join("/"),
    name: rest.at(-1) ?? "",
    parent: rest.length > 2 ? `${base}/${rest.slice(0, -2).join("/")}` : scope,
    subscription: subscriptionOf(scope),
    group: /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(scope)?.[1],
  };
}

function scopeText(segments: readonly string[]): string {
  if (segments.length === 0) return "";
  const text = `/${segments.join("/")}`;
  return text.replace(/^(\/subscriptions\/[^/]+)\/resourcegroups\//i, "$1/resourceGroups/");
}

function subscriptionOf(scope: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1];
}
