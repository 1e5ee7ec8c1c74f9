import { parseArmId } from "../arm/arm-id.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { labels } from "./names.ts";
import type { GroupKind, OwnerReference, Problem } from "./types.ts";

/** Another custom resource of the same namespace. */
export type OwnerTarget = GroupKind & { readonly name: string };

/** What `spec.owner` says. */
export type OwnerRef =
  | { readonly kind: "none" }
  | { readonly kind: "armId"; readonly armId: string }
  | { readonly kind: "resource"; readonly owner: OwnerTarget }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Whom a kind accepts as owner: one kind, any (`*`), or nobody. */
export type OwnerRule = GroupKind | "*" | undefined;

/** Labels hold at most this many characters (Kubernetes, label syntax). */
const longestLabel = 63;

/** Reads `spec.owner` by the rule of the kind (aso-features.md 6.1). A kind without owner ignores one that is given. */
export function parseOwner(spec: JsonObject, rule: OwnerRule): OwnerRef {
  if (rule === undefined) return { kind: "none" };
  const given = spec["owner"];
  if (!isJsonObject(given)) return problem("spec.owner is missing.", rule);
  const name = text(given["name"]);
  const armId = text(given["armId"]);
  const group = text(given["group"]);
  const kind = text(given["kind"]);
  if (armId !== "") {
    if (name + group + kind !== "")
      return problem("spec.owner has an armId together with a name, group or kind.", rule);
    return parseArmId(armId) === undefined
      ? problem(`spec.owner.armId "${armId}" is not an ARM id.`, rule)
      : { kind: "armId", armId };
  }
  if (name === "") return problem("spec.owner names no owner.", rule);
  return rule === "*" ? anyOwner({ name, group, kind }) : knownOwner({ name, group, kind }, rule);
}

function anyOwner(owner: OwnerTarget): OwnerRef {
  return owner.group === "" || owner.kind === ""
    ? problem(`spec.owner names "${owner.name}" without its group or kind.`, "*")
    : withHint(owner, "*");
}

function knownOwner(given: OwnerTarget, rule: GroupKind): OwnerRef {
  const other =
    (given.group !== "" && given.group !== rule.group) ||
    (given.kind !== "" && given.kind !== rule.kind);
  return other
    ? problem(`spec.owner is a ${given.kind || rule.kind}.${given.group || rule.group}.`, rule)
    : withHint({ group: rule.group, kind: rule.kind, name: given.name }, rule);
}

function withHint(owner: OwnerTarget, rule: GroupKind | "*"): OwnerRef {
  return owner.name.includes("/")
    ? problem(`spec.owner.name "${owner.name}" looks like an ARM id.`, rule)
    : { kind: "resource", owner };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function problem(what: string, rule: GroupKind | "*"): OwnerRef {
  const wayOut =
    rule === "*"
      ? "Set either name, group and kind of a resource in this namespace, or the ARM id of the owner in armId."
      : `Set either the name of a ${rule.kind}.${rule.group} in this namespace, or its ARM id in armId.`;
  return {
    kind: "problem",
    problem: {
      reason: "Failed",
      severity: "Warning",
      retry: "slow",
      message: `${what} ${wayOut}`,
    },
  };
}

/**
 * ASO's labels about the owner (aso-semantics.md 0.1). The uid is that of the first reference of the owner's group and kind.
 * Empty for owners by ARM id.
 */
export function ownerLabels(
  owner: OwnerRef,
  references: readonly OwnerReference[],
): Readonly<Record<string, string>> {
  if (owner.kind !== "resource") return {};
  const { group, kind, name } = owner.owner;
  const found = references.find(
    (reference) => groupOf(reference) === group && reference.kind === kind,
  );
  return {
    [labels.ownerName]: labelValue(name),
    [labels.ownerGroupKind]: labelValue(`${kind}.${group}`),
    ...(found === undefined ? {} : { [labels.ownerUid]: found.uid }),
  };
}

/** Cut to what a label holds; a cut must not end in a dot or dash, which the API server would refuse. */
function labelValue(value: string): string {
  return value.slice(0, longestLabel).replace(/[^A-Za-z0-9]+$/, "");
}

/** The references with one of ours: it replaces the one of the same group, kind and name, else it comes last. */
export function mergeOwnerReference(
  existing: readonly OwnerReference[],
  reference: OwnerReference | undefined,
): readonly OwnerReference[] {
  if (reference === undefined) return existing;
  const isSame = (one: OwnerReference): boolean =>
    groupOf(one) === groupOf(reference) &&
    one.kind === reference.kind &&
    one.name === reference.name;
  return existing.some(isSame)
    ? existing.map((one) => (isSame(one) ? { ...one, ...reference } : one))
    : [...existing, reference];
}

function groupOf(reference: OwnerReference): string {
  const slash = reference.apiVersion.indexOf("/");
  return slash < 0 ? "" : reference.apiVersion.slice(0, slash);
}
