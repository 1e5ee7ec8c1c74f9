import type {
  CatalogGroup,
  CatalogKind,
  CatalogVersion,
  NameRule,
  ObjectType,
  Scope,
} from "../../catalog/types.ts";
import type { GroupKind } from "../resource/types.ts";

/** One API version of one kind, with everything that conversion and addressing need. Immutable; one instance per catalog entry. */
export type KindVersion = {
  /** Full group, e.g. `network.azure.com`. */
  readonly group: string;
  readonly kind: string;
  /** The version's own name, without a `storage` suffix. */
  readonly version: string;
  /** ARM api-version, `YYYY-MM-DD[-preview]`; empty for kinds that are not ARM resources. */
  readonly apiVersion: string;
  readonly plural: string;
  /** Full ARM type, e.g. `Microsoft.Network/virtualNetworks/subnets`. */
  readonly armType: string;
  readonly scope: Scope;
  /** `*`: any resource (extension kinds); undefined: the kind has no owner. */
  readonly owner: GroupKind | "*" | undefined;
  /** The constant Azure name of a singleton kind. */
  readonly fixedName: string | undefined;
  readonly nameRule: NameRule | undefined;
  readonly noDelete: boolean;
  readonly headOnly: boolean;
  readonly nonArm: boolean;
  /** `operatorSpec.configMaps` key to status path, `.`-separated, without `status.`. */
  readonly exports: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  readonly configMapKeys: readonly string[];
  /** The version has `spec.azureNameFromConfig`. */
  readonly hasAzureNameFromConfig: boolean;
  /** Names required at the root of `spec`. */
  readonly required: readonly string[];
  /** Further `operatorSpec` properties, as OpenAPI. */
  readonly operatorSpec: Readonly<Record<string, unknown>>;
  /** The group's object types, which `spec` and `status` index. */
  readonly types: readonly ObjectType[];
  readonly spec: number | undefined;
  readonly status: number | undefined;
  /** `null`: unset collections of an emitted object are sent as null (aso-semantics 4.9). */
  readonly collections: "null" | undefined;
};

const resolved = new WeakMap<CatalogGroup, Map<string, KindVersion>>();

/**
 * Looks up a version of a kind. Accepts the name of a storage twin (`…storage`) and follows `same`.
 * Undefined: the catalog has no such kind or version.
 */
export function resolveKindVersion(
  group: CatalogGroup,
  kind: string,
  version: string,
): KindVersion | undefined {
  const known = resolved.get(group) ?? new Map<string, KindVersion>();
  if (known.size === 0) resolved.set(group, known);
  const name = version.replace(/storage$/, "");
  const key = `${kind}/${name}`;
  const found = known.get(key) ?? buildKindVersion(group, kind, name);
  if (found !== undefined) known.set(key, found);
  return found;
}

/**
 * ARM api-version that a CRD version name stands for: `v1api20220401` and `v20220401` are `2022-04-01`, a `preview` suffix is kept
 * (aso-semantics 4.1). Undefined: the name holds no date.
 */
export function parseArmApiVersion(version: string): string | undefined {
  const match = /^v(?:1api|1alpha1api|1beta)?(\d{4})(\d\d)(\d\d)(preview)?(?:storage)?$/.exec(
    version,
  );
  if (match === null) return undefined;
  const [, year, month, day, preview] = match;
  return `${year}-${month}-${day}${preview === undefined ? "" : "-preview"}`;
}

function buildKindVersion(
  group: CatalogGroup,
  kind: string,
  version: string,
): KindVersion | undefined {
  const entry = ownMember(group.kinds, kind);
  if (entry === undefined) return undefined;
  const data = followSame(entry, version);
  if (data === undefined) return undefined;
  return {
    group: group.group,
    kind,
    version,
    apiVersion: data.api ?? parseArmApiVersion(version) ?? "",
    plural: entry.plural,
    armType: entry.arm,
    scope: entry.scope,
    owner: ownerOf(group.group, entry.owner),
    noDelete: entry.noDelete === 1,
    headOnly: entry.headOnly === 1,
    nonArm: entry.nonArm === 1,
    exports: entry.exports ?? {},
    types: group.types,
    collections: group.collections,
    ...versionFacts(data),
  };
}

function versionFacts(data: CatalogVersion) {
  return {
    fixedName: data.fixedName,
    nameRule: data.name,
    secretKeys: data.sec ?? [],
    configMapKeys: data.cm ?? [],
    hasAzureNameFromConfig: data.nameFromConfig === 1,
    required: data.req ?? [],
    operatorSpec: data.op ?? {},
    spec: data.spec,
    status: data.status,
  };
}

function followSame(entry: CatalogKind, version: string): CatalogVersion | undefined {
  const data = ownMember(entry.versions, version);
  if (data?.same === undefined) return data;
  return ownMember(entry.versions, data.same);
}

function ownMember<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function ownerOf(group: string, owner: string | undefined): GroupKind | "*" | undefined {
  if (owner === undefined || owner === "*") return owner;
  const [first = "", second] = owner.split("/");
  return second === undefined
    ? { group, kind: first }
    : { group: `${first}.azure.com`, kind: second };
}
