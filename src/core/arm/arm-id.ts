import type { Scope } from "../../catalog/types.ts";
import type { Problem } from "../resource/types.ts";
import { encodeSegment } from "./encode-segment.ts";
import { unusableName } from "./unusable-name.ts";

/**
 * An ARM id, taken apart. `provider`, `types` and `names` belong to the last `/providers/` part; ids of a subscription or a
 * resource group count as types of `Microsoft.Resources`, as ARM itself names them.
 */
export type ArmId = {
  /** The id without trailing slashes, otherwise as given. */
  readonly text: string;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly provider: string;
  readonly types: readonly string[];
  readonly names: readonly string[];
  /** Id of the parent: the resource one level up, or the scope that the last provider part hangs on. */
  readonly parent?: string;
};

const managementProvider = "Microsoft.Resources";

/**
 * Reads an ARM id; undefined when it is none: not rooted, odd number of segments, an empty segment, or one that no name may be
 * (see unusableName): with an escape, `r%67` is `rg` to ARM and another resource to everyone who compares texts.
 * Names of segments are compared without regard to case (ARM RPC: ids are case-insensitive).
 */
export function parseArmId(text: string): ArmId | undefined {
  const trimmed = text.replace(/\/+$/, "");
  if (!trimmed.startsWith("/")) return undefined;
  const segments = trimmed.slice(1).split("/");
  if (segments.some(isUnsafeSegment)) return undefined;
  const scope = readScope(segments);
  if (scope === undefined) return undefined;
  const providerAt = lastProviderIndex(segments, scope.length);
  if (providerAt === undefined)
    return segments.length === scope.length ? scopeId(trimmed, scope) : undefined;
  return providerId(trimmed, segments, scope, providerAt);
}

function isUnsafeSegment(segment: string): boolean {
  return segment === "" || unusableName(segment) !== undefined;
}

type ScopePart = { length: number; subscription?: string; resourceGroup?: string };

function readScope(segments: readonly string[]): ScopePart | undefined {
  if (!sameText(segments[0], "subscriptions")) return { length: 0 };
  const subscription = segments[1];
  if (subscription === undefined) return undefined;
  if (!sameText(segments[2], "resourceGroups")) return { length: 2, subscription };
  const resourceGroup = segments[3];
  return resourceGroup === undefined ? undefined : { length: 4, subscription, resourceGroup };
}

/** Index of the last `providers` keyword; every provider part before it must be whole. */
function lastProviderIndex(segments: readonly string[], start: number): number | undefined {
  let found: number | undefined;
  let at = start;
  while (sameText(segments[at], "providers")) {
    found = at;
    at += 2;
    while (at < segments.length && !sameText(segments[at], "providers")) at += 2;
  }
  return found;
}

function scopeId(text: string, scope: ScopePart): ArmId | undefined {
  const { subscription, resourceGroup } = scope;
  if (subscription === undefined) return undefined;
  const base = { text, subscription, provider: managementProvider };
  return resourceGroup === undefined
    ? { ...base, types: ["subscriptions"], names: [subscription] }
    : {
        ...base,
        resourceGroup,
        types: ["resourceGroups"],
        names: [resourceGroup],
        parent: cut(text, 2),
      };
}

function providerId(
  text: string,
  segments: readonly string[],
  scope: ScopePart,
  providerAt: number,
): ArmId | undefined {
  const provider = segments[providerAt + 1];
  const rest = segments.slice(providerAt + 2);
  if (provider === undefined || rest.length === 0 || rest.length % 2 !== 0) return undefined;
  const parent = cut(text, rest.length > 2 ? 2 : 4);
  return {
    text,
    ...(scope.subscription === undefined ? {} : { subscription: scope.subscription }),
    ...(scope.resourceGroup === undefined ? {} : { resourceGroup: scope.resourceGroup }),
    provider,
    types: rest.filter((_, index) => index % 2 === 0),
    names: rest.filter((_, index) => index % 2 === 1),
    ...(parent === "" ? {} : { parent }),
  };
}

function cut(text: string, segments: number): string {
  return text.split("/").slice(0, -segments).join("/");
}

function sameText(left: string | undefined, right: string): boolean {
  return left?.toLowerCase() === right.toLowerCase();
}

/** The full type, e.g. `Microsoft.Network/virtualNetworks/subnets`; casing as in the id. */
export function armTypeOf(id: string): string | undefined {
  const parsed = parseArmId(id);
  return parsed === undefined ? undefined : [parsed.provider, ...parsed.types].join("/");
}

/** The subscription in an ARM id; undefined when there is none or the id is malformed. */
export function subscriptionOf(id: string): string | undefined {
  return parseArmId(id)?.subscription;
}

/** The resource group in an ARM id; undefined when there is none or the id is malformed. */
export function resourceGroupOf(id: string): string | undefined {
  return parseArmId(id)?.resourceGroup;
}

/** The id of the resource that contains this one; undefined at the top and for a malformed id. */
export function parentIdOf(id: string): string | undefined {
  return parseArmId(id)?.parent;
}

/** ARM ids name the same resource without regard to case and trailing slashes. */
export function sameArmId(left: string, right: string): boolean {
  return armIdKey(left) === armIdKey(right);
}

/** One spelling for every way to write an ARM id: what {@link sameArmId} compares, and what ids are stored by. */
export function armIdKey(id: string): string {
  return id.replace(/\/+$/, "").toLowerCase();
}

/**
 * Path and query of a request for an ARM id. Every segment is percent-encoded; escapes that are already there stay, because
 * some names are stored pre-encoded. Throws OperatorError `Bug` for a dot segment: URL parsers would climb out of the path.
 */
export function armUrl(armId: string, apiVersion: string): string {
  const path = armId.split("/").map(encodeSegment).join("/");
  return `${path.startsWith("/") ? path : `/${path}`}?api-version=${encodeURIComponent(apiVersion)}`;
}

/** One custom resource on the way from the root owner to the resource itself. */
export type ChainLink = {
  readonly group: string;
  readonly kind: string;
  /** Full ARM type of the kind, e.g. `Microsoft.Network/virtualNetworks/subnets`. */
  readonly armType: string;
  readonly scope: Scope;
  /** Effective Azure name; empty when none could be determined. */
  readonly azureName: string;
  /** `spec.owner.armId`. */
  readonly ownerArmId?: string | undefined;
  /** The `resource-id` annotation, when the resource is claimed. */
  readonly resourceId?: string | undefined;
  /** The `child-resource-id-override` annotation. */
  readonly childOverride?: string | undefined;
};

/** The ARM id of a resource, or why it has none yet. */
export type BuiltArmId =
  | { readonly kind: "id"; readonly armId: string }
  | { readonly kind: "problem"; readonly problem: Problem };

/** What an ARM id is built from. */
export type ArmIdInput = {
  /** Subscription of the resource's credential. */
  readonly subscription: string;
  /** Root owner first, the resource itself last. */
  readonly chain: readonly ChainLink[];
};

/** The ARM id of the last resource of an owner chain (aso-semantics.md 6.2, 6.3 and errata 14, 15). */
export function buildArmId(input: ArmIdInput): BuiltArmId {
  const self = input.chain.at(-1);
  const root = input.chain[0];
  if (self === undefined || root === undefined) return unresolved("The owner chain is empty.");
  const bad = input.chain.map(nameProblem).find((problem) => problem !== undefined);
  if (bad !== undefined) return { kind: "problem", problem: bad };
  if (self.scope === "ext") return extensionId(input, self);
  if (input.chain.slice(0, -1).some((link) => hasOverride(link)))
    return unresolved(
      `${named(self)} cannot be a child of a resource with a child id override; only extension resources can.`,
    );
  if (root.ownerArmId !== undefined && root.scope !== "tenant" && root.scope !== "sub")
    return belowArmId(input, root, root.ownerArmId, self);
  if (root.scope === "tenant") return tenantId(input, self);
  if (root.scope === "sub") return belowSubscription(input, root, self);
  return unresolved(
    `${named(root)} has no owner. Set spec.owner to the ${root.scope === "ext" ? "resource it extends" : "resource it lives in"}.`,
  );
}

/** ASO sends such names as they are (errata 21). */
function nameProblem(link: ChainLink): Problem | undefined {
  if (link.azureName === "")
    return waiting(
      `${named(link)} has no Azure name, so no ARM id can be made for it. Set spec.azureName.`,
    );
  const flaw = unusableName(link.azureName);
  if (flaw === undefined) return undefined;
  return {
    reason: "Failed",
    severity: "Error",
    retry: "slow",
    message: `The Azure name of ${named(link)} ${flaw}, which Azure would read as part of the path. Set spec.azureName to another name.`,
  };
}

function hasOverride(link: ChainLink): boolean {
  return link.childOverride !== undefined && link.childOverride !== "";
}

function extensionId(input: ArmIdInput, self: ChainLink): BuiltArmId {
  const [provider, ...types] = self.armType.split("/");
  if (types.length !== 1)
    return unresolved(`${named(self)} is an extension resource of an unexpected type.`);
  const scope = extensionScope(input, self);
  if (scope.kind === "problem") return scope;
  return id(`${scope.armId}/providers/${provider}/${types[0]}/${self.azureName}`);
}

function extensionScope(input: ArmIdInput, self: ChainLink): BuiltArmId {
  if (self.ownerArmId !== undefined) {
    const scope = parseArmId(self.ownerArmId);
    return scope === undefined ? notAnId(self.ownerArmId, named(self)) : id(scope.text);
  }
  const owners = input.chain.slice(0, -1);
  const [root] = owners;
  if (root === undefined)
    return unresolved(`${named(self)} has no owner. Set spec.owner to the resource it extends.`);
  if (!owners.some(hasOverride)) return buildArmId({ ...input, chain: owners });
  return overriddenScope(root, owners);
}

function overriddenScope(root: ChainLink, owners: readonly ChainLink[]): BuiltArmId {
  if (owners.length !== 1 || root.childOverride === undefined)
    return unresolved(
      "A child id override counts only on the root of an owner chain, for its direct children.",
    );
  const scope = parseArmId(root.childOverride);
  return scope === undefined ? notAnId(root.childOverride, named(root)) : id(scope.text);
}

/** The root lives in a resource that is given by its ARM id. */
function belowArmId(
  input: ArmIdInput,
  root: ChainLink,
  ownerArmId: string,
  self: ChainLink,
): BuiltArmId {
  const owner = parseArmId(ownerArmId);
  if (owner === undefined) return notAnId(ownerArmId, named(root));
  const wrong = ownerTypeProblem(owner, root);
  if (wrong !== undefined) return wrong;
  const [provider, ...types] = self.armType.split("/");
  const skipped = root.armType.split("/").length - 2;
  const prefix = skipped > 0 ? owner.text : `${owner.text}/providers/${provider}`;
  return interleave(prefix, types.slice(skipped), input.chain, self);
}

function ownerTypeProblem(owner: ArmId, root: ChainLink): BuiltArmId | undefined {
  const expected = root.armType.split("/").slice(0, -1);
  const wanted = expected.length > 1 ? expected.join("/") : "Microsoft.Resources/resourceGroups";
  const found = [owner.provider, ...owner.types].join("/");
  if (found.toLowerCase() === wanted.toLowerCase()) return undefined;
  return unresolved(
    `spec.owner.armId of ${named(root)} must be the id of a ${wanted}, but "${owner.text}" is a ${found}.`,
  );
}

function tenantId(input: ArmIdInput, self: ChainLink): BuiltArmId {
  const [provider, ...types] = self.armType.split("/");
  return interleave(`/providers/${provider}`, types, input.chain, self);
}

/** The root is a resource group: its subscription is the credential's. */
function belowSubscription(input: ArmIdInput, root: ChainLink, self: ChainLink): BuiltArmId {
  const group = `/subscriptions/${input.subscription}/resourceGroups/${root.azureName}`;
  if (input.chain.length === 1) return id(group);
  if (root.resourceId === undefined || root.resourceId === "")
    return unresolved(
      `The owner ${named(root)} has no ARM id yet. It gets one when it is claimed; progress waits for that.`,
    );
  const claimed = parseArmId(root.resourceId);
  if (claimed === undefined) return notAnId(root.resourceId, named(root));
  const parent = claimed.subscription ?? "";
  if (parent.toLowerCase() !== input.subscription.toLowerCase())
    return mismatch(input.subscription, parent, root);
  const [provider, ...types] = self.armType.split("/");
  return interleave(`${group}/providers/${provider}`, types, input.chain.slice(1), self);
}

function interleave(
  prefix: string,
  types: readonly string[],
  links: readonly ChainLink[],
  self: ChainLink,
): BuiltArmId {
  if (types.length !== links.length)
    return unresolved(
      `The owners of ${named(self)} do not match its type ${self.armType}: ${types.length} names are needed, ${links.length} are there.`,
    );
  const parts = types.map((type, index) => `/${type}/${links[index]?.azureName ?? ""}`);
  return id(prefix + parts.join(""));
}

function id(armId: string): BuiltArmId {
  return { kind: "id", armId };
}

function named(link: ChainLink): string {
  return `${link.kind}.${link.group} "${link.azureName}"`;
}

function notAnId(text: string, of: string): BuiltArmId {
  return unresolved(`"${text}", given for ${of}, is not an ARM id.`);
}

function mismatch(subscription: string, parent: string, root: ChainLink): BuiltArmId {
  return {
    kind: "problem",
    problem: {
      reason: "Failed",
      severity: "Error",
      retry: "slow",
      message: `resource subscription "${subscription}" does not match parent subscription "${parent}" of ${named(root)}. Use a credential of the parent's subscription, or name the parent by owner.armId.`,
    },
  };
}

/** Everything that another change in the cluster can heal (aso-semantics.md 3.3). */
function waiting(message: string): Problem {
  return { reason: "ReferenceNotFound", severity: "Warning", retry: "fast", message };
}

function unresolved(message: string): BuiltArmId {
  return { kind: "problem", problem: waiting(message) };
}
