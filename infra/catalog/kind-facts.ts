import type { NameRule, Scope } from "../../src/catalog/types.ts";
import type { ArmBody } from "./arm-types.ts";
import type { CrdKind, CrdVersion, Schema } from "./crd-source.ts";

/** The group as catalog and overrides write it: `network.azure.com` is `network`. */
export function shortGroup(group: string): string {
  return group.replace(/\.azure\.com$/, "");
}

/**
 * The ARM type of a kind, from the ARM URI in the CRD's description: after the last `/providers/`,
 * the namespace and every second segment. Throws when the versions of a kind disagree.
 */
export function armTypeOf(kind: CrdKind): string {
  const types = new Set(kind.versions.map((version) => armTypeOfVersion(kind, version)));
  const [type] = types;
  if (type === undefined || types.size > 1) {
    throw new Error(`${kind.group}/${kind.kind}: not one ARM type but ${[...types].join(", ")}`);
  }
  return type;
}

function armTypeOfVersion(kind: CrdKind, version: CrdVersion): string {
  const uri = armUri(version);
  if (uri === undefined) {
    throw new Error(
      `${kind.group}/${kind.kind} ${version.name}: no "ARM URI" in its description; name it in nonArmKinds of the overrides if it is no ARM resource`,
    );
  }
  const at = uri.toLowerCase().lastIndexOf("/providers/");
  if (at < 0) {
    if (/^\/subscriptions\/\{[^/]+\}\/resourcegroups\/\{[^/]+\}$/i.test(uri)) {
      return "Microsoft.Resources/resourceGroups";
    }
    throw new Error(`${kind.group}/${kind.kind} ${version.name}: no resource type in ${uri}`);
  }
  const [namespace, ...segments] = uri.slice(at + "/providers/".length).split("/");
  return [namespace, ...segments.filter((_, position) => position % 2 === 0)].join("/");
}

function armUri(version: CrdVersion): string | undefined {
  return /ARM URI:\s*(\S+)/.exec(version.description)?.[1];
}

/** The ARM api-version of a version name: `v1api20230101preview` and `v20230101preview` are `2023-01-01-preview`. */
export function apiVersionOf(version: string): string {
  const match = /^v(?:1api)?(\d{4})(\d\d)(\d\d)(preview)?$/.exec(version);
  if (match === null) throw new Error(`${version} names no ARM api-version`);
  const [, year, month, day, preview] = match;
  return `${year}-${month}-${day}${preview === undefined ? "" : "-preview"}`;
}

/** The shape of `spec.owner`: of a known kind, of any kind, by name only, or absent. */
type OwnerShape = "known" | "any" | "name" | "none";

export function ownerShapeOf(version: CrdVersion): OwnerShape {
  const names = Object.keys(version.spec.properties?.["owner"]?.properties ?? {})
    .sort()
    .join();
  switch (names) {
    case "":
      return "none";
    case "armId,name":
      return "known";
    case "armId,group,kind,name":
      return "any";
    case "name":
      return "name";
    default:
      throw new Error(`${version.name}: spec.owner with the properties ${names}`);
  }
}

/**
 * The owner in catalog form: `*` for any kind, `Kind` of the same group, `group/Kind`, or undefined for kinds without owner.
 * Read from the description of `spec.owner`, else it is the kind whose ARM type is the parent type.
 */
export function ownerOf(
  kind: CrdKind,
  armType: string,
  kindByArmType: ReadonlyMap<string, string>,
): string | undefined {
  const version = kind.versions[0];
  if (version === undefined) throw new Error(`${kind.group}/${kind.kind} has no version`);
  const shape = ownerShapeOf(version);
  if (shape === "none") return undefined;
  if (shape === "any") return "*";
  const described = /reference\s+to\s+an?\s+([\w.]+)\/(\w+)\s+resource/.exec(
    version.spec.properties?.["owner"]?.description ?? "",
  );
  const segments = armType.split("/");
  const parentType = segments.length > 2 ? segments.slice(0, -1).join("/") : resourceGroupType;
  const owner =
    described === null
      ? kindByArmType.get(parentType.toLowerCase())
      : `${shortGroup(described[1] ?? "")}/${described[2]}`;
  if (owner === undefined) {
    throw new Error(`${kind.group}/${kind.kind}: no kind for its parent ${parentType}`);
  }
  const [group, name] = owner.split("/");
  return group === shortGroup(kind.group) ? name : owner;
}

const resourceGroupType = "Microsoft.Resources/resourceGroups";
const scopeBits: Readonly<Record<Scope, number>> = { tenant: 1, sub: 4, rg: 8, ext: 16 };

/** The scope, told by the owner; checked against the ARM types where they state it. */
export function scopeOf(
  kind: CrdKind,
  armType: string,
  owner: string | undefined,
  bodies: readonly (ArmBody | undefined)[],
): Scope {
  const scope = ((): Scope => {
    if (owner === "*") return "ext";
    if (owner !== undefined) return "rg";
    return armType === resourceGroupType ? "sub" : "tenant";
  })();
  const denied = bodies.find(
    (body) => body?.writableScopes !== undefined && (body.writableScopes & scopeBits[scope]) === 0,
  );
  if (denied !== undefined) {
    throw new Error(
      `${kind.group}/${kind.kind}: its owner makes the scope ${scope}, but ARM's types say ${denied.writableScopes}`,
    );
  }
  return scope;
}

/** Azure's constant name of a kind that has no `spec.azureName`: from the ARM types, else the last segment of the ARM URI. */
export function fixedNameOf(version: CrdVersion, body: ArmBody | undefined): string | undefined {
  const literal = body?.node.properties().get("name")?.node.literals[0];
  if (literal !== undefined) return literal;
  const last = armUri(version)?.split("/").at(-1);
  return last === undefined || last.startsWith("{") ? undefined : last;
}

/** The constraints of `spec.azureName`, or undefined when there are none. */
export function nameRuleOf(schema: Schema): NameRule | undefined {
  const { type: _type, description: _description, ...rule } = schema;
  return Object.keys(rule).length === 0 ? undefined : (rule as NameRule);
}
