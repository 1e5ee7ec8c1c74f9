import type { CatalogGroup, CatalogKind, CatalogVersion } from "../../src/catalog/types.ts";
import type { ArmBody, ArmTypes } from "./arm-types.ts";
import { type CrdKind, type CrdVersion, compareText, type Schema } from "./crd-source.ts";
import {
  apiVersionOf,
  armTypeOf,
  fixedNameOf,
  nameRuleOf,
  ownerOf,
  ownerShapeOf,
  scopeOf,
  shortGroup,
} from "./kind-facts.ts";
import type { Overrides } from "./overrides.ts";
import { type MapperOptions, PropertyMapper } from "./property-mapper.ts";
import { TypeTable } from "./type-table.ts";

/** The generated catalog with the figures that tell whether the inputs were understood. */
export type CatalogBuild = {
  readonly groups: readonly CatalogGroup[];
  readonly kinds: number;
  readonly versions: number;
  readonly specPaths: number;
  readonly statusPaths: number;
  /** Everything that no rule could map, one line each; a catalog with problems is not usable. */
  readonly problems: readonly string[];
};

type Counters = { specPaths: number; statusPaths: number; readonly problems: string[] };
type KindFacts = {
  readonly crd: CrdKind;
  readonly id: string;
  readonly arm: string;
  readonly nonArm: boolean;
};

const envelope = new Set(["owner", "operatorSpec", "azureName", "azureNameFromConfig"]);
const conditions = new Set(["conditions"]);
const commonOperatorSpec = new Set([
  "configMapExpressions",
  "secretExpressions",
  "configMaps",
  "secrets",
]);

/** Builds the catalog of all kinds. Kinds must come sorted; equal input gives equal output. */
export function buildCatalog(
  crds: readonly CrdKind[],
  armTypes: ArmTypes,
  overrides: Overrides,
): CatalogBuild {
  const facts = crds.map((crd): KindFacts => {
    const id = `${shortGroup(crd.group)}/${crd.kind}`;
    const nonArm = overrides.nonArmKinds.includes(id);
    return { crd, id, nonArm, arm: nonArm ? "" : armTypeOf(crd) };
  });
  const kindByArmType = new Map(facts.map((kind) => [kind.arm.toLowerCase(), kind.id]));
  const counters: Counters = {
    specPaths: 0,
    statusPaths: 0,
    problems: unusedOverrides(facts, overrides),
  };
  const groups = [...new Set(crds.map((crd) => crd.group))].map((group): CatalogGroup => {
    const builder = new GroupBuilder(armTypes, overrides, kindByArmType, counters);
    const members = facts.filter((kind) => kind.crd.group === group);
    const kinds = members.map((kind) => [kind.crd.kind, builder.kind(kind)] as const);
    const collections = overrides.explicitCollections[shortGroup(group)];
    return {
      group,
      ...(collections === undefined ? {} : { collections }),
      types: builder.table.types(),
      kinds: Object.fromEntries(kinds),
    };
  });
  return {
    ...counters,
    groups,
    kinds: crds.length,
    versions: crds.reduce((sum, crd) => sum + crd.versions.length, 0),
  };
}

/** An override that names a kind which does not exist is a mistake, not a reserve. */
function unusedOverrides(facts: readonly KindFacts[], overrides: Overrides): string[] {
  const known = new Set(facts.map((kind) => kind.id));
  const named = [
    ...overrides.paths.map((entry) => `${entry.group}/${entry.kind}`),
    ...overrides.explicitEmptyCollections.map((entry) => `${entry.group}/${entry.kind}`),
    ...overrides.nonArmKinds,
    ...Object.keys(overrides.configMapExports),
    ...Object.entries(overrides.operations.kinds).flatMap(([group, kinds]) =>
      Object.keys(kinds).map((kind) => `${shortGroup(group)}/${kind}`),
    ),
  ];
  const missing = [...new Set(named)].filter((id) => !known.has(id));
  return missing.map((id) => `${id}: named in the overrides, but there is no such CRD`);
}

class GroupBuilder {
  readonly table = new TypeTable();
  private readonly armTypes: ArmTypes;
  private readonly overrides: Overrides;
  private readonly kindByArmType: ReadonlyMap<string, string>;
  private readonly counters: Counters;

  constructor(
    armTypes: ArmTypes,
    overrides: Overrides,
    kindByArmType: ReadonlyMap<string, string>,
    counters: Counters,
  ) {
    this.armTypes = armTypes;
    this.overrides = overrides;
    this.kindByArmType = kindByArmType;
    this.counters = counters;
  }

  kind(facts: KindFacts): CatalogKind {
    const { crd, id, arm, nonArm } = facts;
    const bodies = crd.versions.map((version) =>
      nonArm ? undefined : this.armTypes.body(arm, apiVersionOf(version.name)),
    );
    const owner = ownerOf(crd, arm, this.kindByArmType);
    const byName = crd.versions.some((version) => ownerShapeOf(version) === "name");
    const unsupported = this.overrides.operations.kinds[crd.group]?.[crd.kind]?.unsupported ?? [];
    const exports = this.overrides.configMapExports[id];
    const versions = crd.versions.map(
      (version, position) =>
        [version.name, this.version(facts, version, bodies[position])] as const,
    );
    return {
      plural: crd.plural,
      arm,
      scope: scopeOf(crd, arm, owner, bodies),
      ...(owner === undefined ? {} : { owner }),
      ...(byName ? { ownerByName: 1 } : {}),
      ...(unsupported.includes("Delete") ? { noDelete: 1 } : {}),
      ...(unsupported.includes("Get") ? { headOnly: 1 } : {}),
      ...(nonArm ? { nonArm: 1 } : {}),
      ...(exports === undefined ? {} : { exports: withoutStatus(exports) }),
      ...(crd.shortNames.length === 0 ? {} : { short: crd.shortNames }),
      ...extraCategories(crd),
      versions: shareEqual(versions),
    };
  }

  private version(facts: KindFacts, crd: CrdVersion, body: ArmBody | undefined): CatalogVersion {
    const branchNames = new Map<string, string>();
    const spec = this.side(facts, crd, body, { side: "spec", branchNames });
    const status = this.side(facts, crd, body, { side: "status", branchNames });
    const operatorSpec = crd.spec.properties?.["operatorSpec"]?.properties ?? {};
    const cm = keysOf(operatorSpec["configMaps"]);
    const sec = keysOf(operatorSpec["secrets"]);
    const extra = Object.entries(operatorSpec).filter(([name]) => !commonOperatorSpec.has(name));
    const required = [...(crd.spec.required ?? [])].sort();
    return {
      ...(facts.nonArm ? {} : { api: apiVersionOf(crd.name) }),
      spec,
      status,
      ...(required.length === 0 ? {} : { req: required }),
      ...this.name(facts, crd, body),
      ...(cm.length === 0 ? {} : { cm }),
      ...(sec.length === 0 ? {} : { sec }),
      ...(extra.length === 0 ? {} : { op: withoutDescriptions(Object.fromEntries(extra)) }),
    };
  }

  private side(
    facts: KindFacts,
    crd: CrdVersion,
    body: ArmBody | undefined,
    part: Pick<MapperOptions, "side" | "branchNames">,
  ): number {
    const ofKind = (entry: { group: string; kind: string }) =>
      `${entry.group}/${entry.kind}` === facts.id;
    const mapper = new PropertyMapper({
      ...part,
      table: this.table,
      guess: body?.from !== "exact" && body?.from !== "history",
      renames: new Map(this.overrides.paths.filter(ofKind).map((entry) => [entry.cr, entry.arm])),
      explicitEmpty: new Set(
        part.side === "spec"
          ? this.overrides.explicitEmptyCollections.filter(ofKind).flatMap((entry) => entry.paths)
          : [],
      ),
    });
    const index =
      part.side === "spec"
        ? mapper.root(crd.spec, body?.node, envelope)
        : mapper.root(crd.status, body?.node, conditions);
    if (!facts.nonArm) {
      this.counters[part.side === "spec" ? "specPaths" : "statusPaths"] += mapper.report.paths;
    }
    for (const text of mapper.report.unplaced) {
      this.counters.problems.push(`${facts.id} ${crd.name} ${part.side}.${text}`);
    }
    return index;
  }

  private name(
    facts: KindFacts,
    crd: CrdVersion,
    body: ArmBody | undefined,
  ): Pick<CatalogVersion, "name" | "fixedName" | "noName" | "nameFromConfig"> {
    const azureName = crd.spec.properties?.["azureName"];
    if (azureName !== undefined) {
      const rule = nameRuleOf(azureName);
      const fromConfig = crd.spec.properties?.["azureNameFromConfig"] !== undefined;
      return {
        ...(rule === undefined ? {} : { name: rule }),
        ...(fromConfig ? { nameFromConfig: 1 } : {}),
      };
    }
    if (facts.nonArm) return { noName: 1 };
    const fixedName = fixedNameOf(crd, body);
    if (fixedName !== undefined) return { fixedName };
    this.counters.problems.push(
      `${facts.id} ${crd.name}: no spec.azureName and no constant name in ARM's types or the ARM URI`,
    );
    return {};
  }
}

function extraCategories(crd: CrdKind): Pick<CatalogKind, "categories"> {
  const common = new Set(["azure", shortGroup(crd.group).replaceAll(".", "")]);
  const categories = crd.categories.filter((category) => !common.has(category));
  return categories.length === 0 ? {} : { categories };
}

function keysOf(schema: Schema | undefined): string[] {
  return Object.keys(schema?.properties ?? {}).sort();
}

function withoutStatus(exports: Readonly<Record<string, string>>): Record<string, string> {
  const sorted = Object.entries(exports).sort(([a], [b]) => compareText(a, b));
  return Object.fromEntries(sorted.map(([key, path]) => [key, path.replace(/^status\./, "")]));
}

/** A schema as it validates: the key `description` is dropped where its value is text. */
function withoutDescriptions(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(value)
    .filter(([key, child]) => !(key === "description" && typeof child === "string"))
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, child]): [string, unknown] =>
      typeof child === "object" && child !== null && !Array.isArray(child)
        ? [key, withoutDescriptions({ ...child })]
        : [key, child],
    );
  return Object.fromEntries(entries);
}

/** Replaces a version that equals a later one of the kind by `same`. */
function shareEqual(
  versions: readonly (readonly [string, CatalogVersion])[],
): Record<string, CatalogVersion> {
  const sorted = [...versions].sort(([a], [b]) => compareText(a, b));
  const last = new Map(sorted.map(([name, version]) => [JSON.stringify(version), name]));
  return Object.fromEntries(
    sorted.map(([name, version]) => {
      const same = last.get(JSON.stringify(version));
      return [name, same === undefined || same === name ? version : { same }];
    }),
  );
}
