import { uuidV5 } from "../hash.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { type OwnerRule, parseOwner } from "./owner.ts";
import type { CustomResource } from "./types.ts";

/** The facts of a kind's API version that its Azure name depends on. */
export type NamedVersion = {
  readonly group: string;
  readonly kind: string;
  /** The version's own name, without a `storage` suffix. */
  readonly version: string;
  readonly owner: OwnerRule;
  readonly fixedName: string | undefined;
  readonly hasAzureNameFromConfig: boolean;
};

/** What the name of a resource in Azure is derived from. */
export type AzureNameInput = {
  readonly resource: CustomResource;
  readonly version: NamedVersion;
  /** The name that `spec.azureNameFromConfig` points to, when it was read. */
  readonly fromConfig?: string;
  /** Name for the random convention; the resource's uid by default, which is random and stays. */
  readonly uuid?: string;
};

type UuidNameRule = {
  /** Versions in which owners by ARM id are left out of the hash: `all` or their names. */
  readonly legacyVersions: "all" | readonly string[];
  /** The kind has `operatorSpec.namingConvention`. */
  readonly namingConvention: boolean;
};

/** Kinds whose Azure names are UUIDs, by full group and kind (aso-semantics.md 6.6, errata 1). Data only. */
export const uuidNameKinds: Readonly<Record<string, UuidNameRule>> = {
  "authorization.azure.com/RoleAssignment": {
    legacyVersions: ["v1api20200801preview", "v1api20220401"],
    namingConvention: true,
  },
  "authorization.azure.com/RoleDefinition": {
    legacyVersions: ["v1api20220401"],
    namingConvention: true,
  },
  "documentdb.azure.com/SqlRoleAssignment": { legacyVersions: "all", namingConvention: false },
};

/** ASO's namespace for these UUIDs; any other would name other Azure resources. */
const uuidNamespace = "9a329043-7ad7-4b1c-812f-9c7a93d6392a";

/**
 * The effective Azure name (aso-semantics.md 6.5, 6.6): the kind's fixed name, `spec.azureName`, the name from a config map, a UUID, else
 * `metadata.name`. Undefined when none can be determined: a UUID kind without owner or with an unknown convention, or a
 * config map that was not read.
 */
export function defaultAzureName(input: AzureNameInput): string | undefined {
  const { resource, version } = input;
  if (version.fixedName !== undefined) return version.fixedName;
  const spec = resource.spec ?? {};
  const given = spec["azureName"];
  if (typeof given === "string" && given !== "") return given;
  if (version.hasAzureNameFromConfig && isJsonObject(spec["azureNameFromConfig"]))
    return input.fromConfig === "" ? undefined : input.fromConfig;
  const rule = uuidNameKinds[`${version.group}/${version.kind}`];
  return rule === undefined ? resource.metadata.name : uuidName(input, rule, spec);
}

function uuidName(input: AzureNameInput, rule: UuidNameRule, spec: JsonObject): string | undefined {
  const { name, namespace = "", uid } = input.resource.metadata;
  const { group, kind } = input.version;
  const owner = ownerPart(input, rule, spec, namespace);
  if (owner === undefined) return undefined;
  const convention = rule.namingConvention ? conventionOf(spec) : "stable";
  if (convention === "random") return input.uuid ?? uid;
  if (convention !== "stable") return undefined;
  if (isUuid(name)) return name;
  return uuidV5(uuidNamespace, `${owner}:${kind}/${group}:${namespace}/${name}`);
}

function ownerPart(
  input: AzureNameInput,
  rule: UuidNameRule,
  spec: JsonObject,
  namespace: string,
): string | undefined {
  const owner = parseOwner(spec, input.version.owner);
  if (owner.kind === "armId") {
    const legacy =
      rule.legacyVersions === "all" || rule.legacyVersions.includes(input.version.version);
    return legacy ? `/:${namespace}/` : owner.armId;
  }
  if (owner.kind !== "resource") return undefined;
  const { group, kind, name } = owner.owner;
  return `${group}/${kind}:${namespace}/${name}`;
}

function conventionOf(spec: JsonObject): string {
  const operatorSpec = spec["operatorSpec"];
  const given = isJsonObject(operatorSpec) ? operatorSpec["namingConvention"] : undefined;
  return typeof given === "string" ? given.toLowerCase() : "stable";
}

/** The forms that Go's uuid package reads (errata 2). */
function isUuid(name: string): boolean {
  const dashed = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
  return new RegExp(`^(?:${dashed}|urn:uuid:${dashed}|\\{${dashed}\\}|[0-9a-f]{32})$`, "i").test(
    name,
  );
}
