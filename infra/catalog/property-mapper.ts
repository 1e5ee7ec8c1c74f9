import type { Property, PropertyDetail, TypeLetter } from "../../src/catalog/types.ts";
import {
  type Branch,
  chooseSlot,
  holdsReferences,
  type Level,
  openLevel,
  type Side,
  type Slot,
  valueName,
} from "./arm-level.ts";
import type { ArmNode } from "./arm-node.ts";
import type { Schema } from "./crd-source.ts";
import { letterOf } from "./node-role.ts";
import type { TypeTable } from "./type-table.ts";

/** What the mapper must know of the kind-version, beside schema and ARM body. */
export type MapperOptions = {
  readonly side: Side;
  readonly table: TypeTable;
  /** True when a property that ARM's types do not have keeps its name at the level of its parent. */
  readonly guess: boolean;
  /** Custom resource path to ARM path, both `.`-separated from the root, where no rule finds it. */
  readonly renames: ReadonlyMap<string, string>;
  /** Paths of collections that are sent as explicit empty ones. */
  readonly explicitEmpty: ReadonlySet<string>;
  /** Names of unions' branches that the spec has shown, by union and property. The mapper of the spec fills it. */
  readonly branchNames: Map<string, string>;
};

/** What a mapping found beside its types. */
type MappingReport = {
  /** Property nodes; a reference, secret or config map value counts once. */
  paths: number;
  /** Properties that no rule could place, with the names that ARM offers there. */
  readonly unplaced: string[];
};

type Place = {
  readonly path: readonly string[];
  readonly node: ArmNode | undefined;
  readonly branch?: Branch;
};
type Position = { readonly cr: readonly string[]; readonly arm: readonly string[] };

const keywords = [
  "enum",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "format",
  "multipleOf",
  "default",
] as const;

/** Maps one side of a kind-version; walks the CRD's schema and the ARM body's type in parallel. */
export class PropertyMapper {
  readonly report: MappingReport = { paths: 0, unplaced: [] };
  private readonly options: MapperOptions;

  constructor(options: MapperOptions) {
    this.options = options;
  }

  /** The index of the root's object type. `skip` names root properties that are no part of the body. */
  root(schema: Schema, arm: ArmNode | undefined, skip: ReadonlySet<string>): number {
    const { required: _stated, ...rest } = schema;
    const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !skip.has(name));
    const body = { ...rest, properties: Object.fromEntries(properties) };
    const kept = this.options.side === "status" ? { ...body, required: schema.required } : body;
    return this.object(kept, arm, { cr: [], arm: [] }, true);
  }

  private object(schema: Schema, arm: ArmNode | undefined, at: Position, root: boolean): number {
    const names = Object.keys(schema.properties ?? {}).sort();
    const level =
      arm?.shapes.includes("object") === true
        ? openLevel(names, arm, this.options.side, root)
        : undefined;
    const entries: [string, Property | readonly string[] | string][] = [];
    let discriminator: string | undefined;
    for (const name of names) {
      const child = schema.properties?.[name];
      if (child === undefined) continue;
      this.report.paths += 1;
      const place = this.place(name, child, level, at);
      discriminator ??= place.branch?.discriminator;
      entries.push([name, this.property(name, child, place, at, root)]);
    }
    const required = schema.required ?? [];
    if (required.length > 0) entries.push(["!", [...required].sort()]);
    if (discriminator !== undefined) entries.push(["?", discriminator]);
    return this.options.table.intern(Object.fromEntries(entries));
  }

  private property(
    name: string,
    schema: Schema,
    place: Place,
    at: Position,
    root: boolean,
  ): Property {
    const below = { cr: [...at.cr, name], arm: [...at.arm, ...place.path] };
    const stays = root && place.branch !== undefined && place.path.length === 0;
    const value = this.value(name, schema, place.node, below, stays);
    const detail: PropertyDetail = {
      ...value,
      ...armPath(name, place),
      ...(place.branch === undefined ? {} : { v: place.branch.value }),
      ...(this.options.explicitEmpty.has(below.cr.join(".")) ? { x: 1 as const } : {}),
      ...(this.isNeverFilled(name, at) ? { u: 1 as const } : {}),
    };
    return Object.keys(detail).length === 1 ? detail.t : detail;
  }

  /** ASO drops `conditions` below the root of a status: the name collides with its own conditions. */
  private isNeverFilled(name: string, at: Position): boolean {
    return this.options.side === "status" && name === "conditions" && at.cr.length > 0;
  }

  private value(
    name: string,
    schema: Schema,
    arm: ArmNode | undefined,
    at: Position,
    root: boolean,
  ): PropertyDetail {
    const letter = letterOf(schema, name);
    const kept = { t: letter, ...limits(schema) };
    if (letter === "o") return { ...kept, o: this.object(schema, arm, at, root) };
    if (letter === "a") return { ...kept, e: this.element(schema.items, arm?.item(), at) };
    if (letter === "m") {
      return { ...kept, e: this.element(schema.additionalProperties, arm?.additional(), at) };
    }
    return kept;
  }

  private element(schema: Schema | undefined, arm: ArmNode | undefined, at: Position): Property {
    if (schema === undefined) throw new Error(`${at.cr.join(".")}: a list without items`);
    const below = { cr: [...at.cr, "[]"], arm: [...at.arm, "[]"] };
    const detail = this.value("[]", schema, arm, below, false);
    return Object.keys(detail).length === 1 ? detail.t : detail;
  }

  private place(name: string, schema: Schema, level: Level | undefined, at: Position): Place {
    const renamed = this.options.renames.get([...at.cr, name].join("."));
    if (renamed !== undefined) return this.renamedPlace(renamed, level, at);
    const found = level === undefined ? undefined : this.lookUp(name, schema, level);
    if (found !== undefined) return found;
    if (!this.options.guess) this.report.unplaced.push(unplacedText(name, level, at));
    return { path: [guessedName(name, schema)], node: undefined };
  }

  private lookUp(name: string, schema: Schema, level: Level): Place | undefined {
    const { side } = this.options;
    const slot = chooseSlot(name, schema, level.slots, side);
    if (slot !== undefined) return slot;
    const collided = /^properties_(.+)$/.exec(name)?.[1];
    if (collided !== undefined) {
      const bag = level.slots.filter((candidate) => candidate.path.length > 1);
      const inBag = chooseSlot(collided, schema, bag, side);
      if (inBag !== undefined) return inBag;
    }
    const branch = this.branch(name, schema, level.branches);
    if (branch !== undefined) return { path: branch.path, node: branch.node, branch };
    if (isLiteral(name, level)) return { path: [name], node: undefined };
    return chooseSlot(name, schema, nestedSlots(level, name), side);
  }

  private branch(name: string, schema: Schema, branches: readonly Branch[]): Branch | undefined {
    const value =
      branches.map((branch) => constantOf(schema, branch.discriminator)).find(isText) ??
      branches
        .map((branch) => this.options.branchNames.get(`${branch.union}/${name}`))
        .find(isText);
    const found =
      branches.find((branch) => branch.value === value) ??
      branches.find((branch) => plain(branch.value) === plain(name)) ??
      branches.find((branch) => plain(branch.node.name) === plain(name));
    if (found !== undefined && this.options.side === "spec") {
      this.options.branchNames.set(`${found.union}/${name}`, found.value);
    }
    return found;
  }

  private renamedPlace(target: string, level: Level | undefined, at: Position): Place {
    const steps = target.split(".");
    if (at.arm.some((step, position) => steps[position] !== step)) {
      throw new Error(`the override ${target} does not lie below ${at.arm.join(".")}`);
    }
    const path = steps.slice(at.arm.length);
    const slot = level?.slots.find((candidate) => samePath(candidate.path, path));
    return { path, node: slot?.node };
  }
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.join("/").toLowerCase() === b.join("/").toLowerCase();
}

/** Names that ASO sends although ARM's types do not have them there: a literal `additionalProperties`, the root's `type`. */
function isLiteral(name: string, level: Level): boolean {
  return name === "additionalProperties" || (level.root && name === "type");
}

/** The properties of same-level objects that the custom resource leaves out, e.g. `pool.id`. */
function nestedSlots(level: Level, name: string): Slot[] {
  if (name !== "reference" && name !== "id") return [];
  return level.slots.flatMap((slot) =>
    [...slot.node.properties()].map(([key, property]) => ({
      path: [...slot.path, key],
      node: property.node,
      writable: slot.writable,
    })),
  );
}

function armPath(name: string, place: Place): Pick<PropertyDetail, "f" | "p"> {
  const path = place.path.join("/");
  if (place.branch !== undefined) return path === "" ? {} : { p: path };
  if (path === name) return {};
  return path === `properties/${name}` ? { f: 1 } : { p: path };
}

function guessedName(name: string, schema: Schema): string {
  const letter: TypeLetter = letterOf(schema, name);
  if (!holdsReferences(schema, letter)) return valueName(name, letter);
  return name.replace(/^reference(s?)$/, "id$1").replace(/Reference(s?)$/, "Id$1");
}

function constantOf(schema: Schema, discriminator: string): string | undefined {
  const constants = schema.properties?.[discriminator]?.enum;
  const only = constants?.length === 1 ? constants[0] : undefined;
  return typeof only === "string" ? only : undefined;
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function limits(schema: Schema): Partial<PropertyDetail> {
  const kept = keywords.filter((keyword) => schema[keyword] !== undefined);
  return Object.fromEntries(kept.map((keyword) => [keyword, schema[keyword]]));
}

function unplacedText(name: string, level: Level | undefined, at: Position): string {
  const cr = [...at.cr, name].join(".");
  const offered = level?.slots.map((slot) => [...at.arm, ...slot.path].join(".")) ?? [];
  if (offered.length === 0) return `${cr}: ARM's types have no object there`;
  const likely = offered.sort((a, b) => likeness(name, b) - likeness(name, a))[0] ?? "";
  return `${cr}: no ARM property of that name; if it is ${likely}, add {"cr": "${cr}", "arm": "${likely}"}`;
}

/** Share of letter pairs of `name` that the last step of `path` has too. */
function likeness(name: string, path: string): number {
  const step = (path.split(".").at(-1) ?? "").toLowerCase();
  const pairs = [...name.toLowerCase()]
    .slice(1)
    .map((letter, i) => name[i]?.toLowerCase() + letter);
  return pairs.filter((pair) => step.includes(pair)).length / (pairs.length + step.length);
}
