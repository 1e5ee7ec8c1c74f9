/**
 * The format of the generated catalog: how every kind's custom resource maps to its ARM body.
 * Written by infra/catalog, loaded by src/catalog/index.ts, interpreted by src/core/convert.
 */

/** Letters of a property's type: string, integer, number, boolean, any JSON, any object, empty object, object, array, map and the reference shapes. */
export type TypeLetter =
  | "s"
  | "i"
  | "n"
  | "b"
  | "j"
  | "jo"
  | "eo"
  | "o"
  | "a"
  | "m"
  | "ref"
  | "wkref"
  | "secret"
  | "secretmap"
  | "config"
  | "uai";

/** A property with more than a letter; keys as in `Property` docs below. */
export type PropertyDetail = {
  readonly t: TypeLetter;
  /** Index of the object type in the group's `types`, with `t: "o"`. */
  readonly o?: number;
  /** Element type, with `t: "a"` and `t: "m"`. */
  readonly e?: Property;
  /** 1: the ARM path is `properties/<same name>`. */
  readonly f?: 1;
  /** Another ARM path relative to the parent, `/`-separated. With `v`: the object that holds the variant; none is the parent itself. */
  readonly p?: string;
  /** Discriminator value: this property is a variant, merged into its parent (or into `p`). */
  readonly v?: string;
  /** 1: sent as an explicit empty collection instead of null. */
  readonly x?: 1;
  /** 1: stands in the schema of the status but is never filled from ARM. */
  readonly u?: 1;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly multipleOf?: number;
  readonly default?: unknown;
};

/** How one property of a custom resource is typed: a letter where nothing else needs saying. */
export type Property = TypeLetter | PropertyDetail;

/** `"!"` lists required names, `"?"` names the discriminator; every other key is a property of the custom resource. */
export type ObjectType = {
  readonly "!"?: readonly string[];
  readonly "?"?: string;
} & { readonly [property: string]: Property | readonly string[] | string | undefined };

/** What ARM demands of a resource's own name. `pattern` is a regular expression of the service's description. */
export type NameRule = {
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly enum?: readonly string[];
};

/** One served version of a kind. `spec` and `status` are indexes into the types of the group. */
export type CatalogVersion = {
  /** Another version of the same kind with the identical schema. */
  readonly same?: string;
  /** ARM api-version. */
  readonly api?: string;
  readonly spec?: number;
  readonly status?: number;
  /** Required names at the root of `spec`. */
  readonly req?: readonly string[];
  /** Constraints of `spec.azureName`. */
  readonly name?: NameRule;
  /** The constant Azure name of a singleton kind. */
  readonly fixedName?: string;
  /** 1: the version has neither `spec.azureName` nor a constant name. */
  readonly noName?: 1;
  /** 1: the version has `spec.azureNameFromConfig`. */
  readonly nameFromConfig?: 1;
  /** Keys of `operatorSpec.configMaps`. */
  readonly cm?: readonly string[];
  /** Keys of `operatorSpec.secrets`. */
  readonly sec?: readonly string[];
  /** Further `operatorSpec` properties, as OpenAPI. */
  readonly op?: Readonly<Record<string, unknown>>;
};

/** Where resources of a kind live in ARM: a resource group, another resource (extension), the tenant, or a subscription. */
export type Scope = "rg" | "ext" | "tenant" | "sub";

/** Everything the engine knows about a kind. Nothing that it lacks is guessed. */
export type CatalogKind = {
  readonly plural: string;
  /** Full ARM type, e.g. `Microsoft.Network/virtualNetworks/subnets`. */
  readonly arm: string;
  readonly scope: Scope;
  /** `group/Kind` with the group's short name, `Kind` of the same group, `*` for extension kinds. */
  readonly owner?: string;
  /** 1: ARM has no DELETE for it. */
  readonly noDelete?: 1;
  /** 1: ARM has HEAD but no GET. */
  readonly headOnly?: 1;
  /** 1: not an ARM resource (SQL users, Entra groups); `arm` is then empty. */
  readonly nonArm?: 1;
  /** 1: the owner is named only, never given by ARM id. */
  readonly ownerByName?: 1;
  /** Config map exports: `operatorSpec.configMaps` key to status path, `.`-separated, without `status.`. */
  readonly exports?: Readonly<Record<string, string>>;
  /** Short names of the CRD where ASO has them. */
  readonly short?: readonly string[];
  /** Categories of the CRD beside `azure` and the group. */
  readonly categories?: readonly string[];
  readonly versions: Readonly<Record<string, CatalogVersion>>;
};

/** One generated file: everything about one API group. */
export type CatalogGroup = {
  /** Full group, e.g. `network.azure.com`. */
  readonly group: string;
  /** `"null"`: unset collections of an emitted object are sent as null. */
  readonly collections?: "null";
  readonly types: readonly ObjectType[];
  readonly kinds: Readonly<Record<string, CatalogKind>>;
};
