import type { TypeLetter } from "../../src/catalog/types.ts";
import { type ArmNode, type ArmProperty, isObject, isWritable } from "./arm-node.ts";
import type { Schema } from "./crd-source.ts";
import { fits, letterOf } from "./node-role.ts";

export type Side = "spec" | "status";

/** Where a custom resource's property can go: an ARM property of the same level or of the flattened bag below it. */
export type Slot = {
  readonly path: readonly string[];
  readonly node: ArmNode;
  readonly writable: boolean;
};

/** A union's branch: merged into the level itself or, with a path, into the flattened bag. */
export type Branch = {
  readonly value: string;
  readonly node: ArmNode;
  readonly path: readonly string[];
  readonly discriminator: string;
  readonly union: string;
};

/** The ARM side of one object of the custom resource. */
export type Level = {
  readonly slots: readonly Slot[];
  readonly branches: readonly Branch[];
  /** True at the root of the body and in a branch merged into it. */
  readonly root: boolean;
};

const BAG = "properties";
const literalMap = "additionalProperties";
const identity = new Set(["id", "name", "type", "apiVersion"]);

/** Opens the ARM object that belongs to an object with the properties `names`. */
export function openLevel(
  names: readonly string[],
  arm: ArmNode,
  side: Side,
  root: boolean,
): Level {
  const hidden = (name: string) =>
    root && (side === "spec" ? identity.has(name) : name === "apiVersion");
  const outer = slotsOf(arm, []).filter((slot) => !hidden(slot.path.at(-1) ?? ""));
  const bag = flattenedBag(names, arm);
  if (bag === undefined) return { slots: outer, branches: branchesOf(arm, []), root };
  return {
    slots: [...outer.filter((slot) => slot.path[0] !== BAG), ...slotsOf(bag, [BAG])],
    branches: [...branchesOf(arm, []), ...branchesOf(bag, [BAG])],
    root,
  };
}

function slotsOf(node: ArmNode, prefix: readonly string[]): Slot[] {
  const slots = [...node.properties()].map(([name, property]) => slot([...prefix, name], property));
  const open = node.additional();
  if (open === undefined || node.properties().has(literalMap)) return slots;
  return [...slots, { path: [...prefix, literalMap], node: mapOf(open), writable: true }];
}

function slot(path: readonly string[], property: ArmProperty): Slot {
  return { path, node: property.node, writable: isWritable(property) };
}

/** ASO treats an open object's `additionalProperties` as a property of that name whose value is a map. */
function mapOf(element: ArmNode): ArmNode {
  const none = new Map<string, never>();
  return {
    name: "",
    shapes: ["object"],
    literals: [],
    properties: () => none,
    variants: () => none,
    item: () => undefined,
    additional: () => element,
  };
}

function branchesOf(node: ArmNode, path: readonly string[]): Branch[] {
  const { discriminator } = node;
  if (discriminator === undefined) return [];
  return [...node.variants()].map(([value, variant]) => ({
    value,
    node: variant,
    path,
    discriminator,
    union: node.name,
  }));
}

function flattenedBag(names: readonly string[], arm: ArmNode): ArmNode | undefined {
  const bag = arm.properties().get(BAG)?.node;
  if (!isObject(bag)) return undefined;
  if (!names.includes(BAG)) return bag;
  if (!bag.properties().has(BAG)) return undefined;
  const onlyInBag = (name: string) => bag.properties().has(name) && !arm.properties().has(name);
  return names.some(onlyInBag) ? bag : undefined;
}

/** The best slot for a property, or undefined. Shape decides first, then the name, then writability, then the outer level. */
export function chooseSlot(
  name: string,
  schema: Schema,
  slots: readonly Slot[],
  side: Side,
): Slot | undefined {
  const letter = letterOf(schema, name);
  let best: { readonly slot: Slot; readonly rank: number } | undefined;
  for (const candidate of slots) {
    const distance = nameDistance(name, letter, schema, candidate.path.at(-1) ?? "");
    if (distance === undefined) continue;
    const rank =
      (fits(schema, letter, candidate.node) ? 0 : 100) +
      distance * 10 +
      (side === "spec" && !candidate.writable ? 2 : 0) +
      (candidate.path.length > 1 ? 1 : 0);
    if (best === undefined || rank < best.rank) best = { slot: candidate, rank };
  }
  return best?.slot;
}

/** 0 same name, 1 same but for case, 2 same but for case and punctuation, undefined another name. */
function nameDistance(
  name: string,
  letter: TypeLetter,
  schema: Schema,
  armName: string,
): 0 | 1 | 2 | undefined {
  const reference =
    isReference(letter) || (schema.items ?? schema.additionalProperties) !== undefined;
  if (reference && holdsReferences(schema, letter)) {
    return distance(name, referenceName(armName, letter === "a" || letter === "m"));
  }
  return distance(valueName(name, letter), armName);
}

function isReference(letter: TypeLetter): boolean {
  return letter === "ref" || letter === "wkref";
}

/** True for a reference and for a list or map of references. */
export function holdsReferences(schema: Schema, letter: TypeLetter): boolean {
  if (isReference(letter)) return true;
  if (letter !== "a" && letter !== "m") return false;
  const element = schema.items ?? schema.additionalProperties;
  return element !== undefined && isReference(letterOf(element, ""));
}

/** The ARM name of a value: without ASO's suffix for values out of config maps and secrets. */
export function valueName(name: string, letter: TypeLetter): string {
  if (letter === "config") return name.replace(/FromConfig$/, "");
  if (letter === "secret") return name.replace(/FromSecret$/, "");
  return name;
}

/** ASO's name of a reference, from the name of the ARM property that holds the id. */
function referenceName(armName: string, plural: boolean): string {
  const suffix = plural ? "s" : "";
  if (armName.toLowerCase() === "id") return `reference${suffix}`;
  if (armName.toLowerCase() === `reference${suffix}`) return armName;
  const stem = /^(.*)I[dD]s?$/.exec(armName)?.[1] ?? armName;
  return `${stem}Reference${suffix}`;
}

function distance(a: string, b: string): 0 | 1 | 2 | undefined {
  if (a === b) return 0;
  const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()];
  if (lowerA === lowerB) return 1;
  return lowerA.replaceAll(/[^a-z0-9]/g, "") === lowerB.replaceAll(/[^a-z0-9]/g, "")
    ? 2
    : undefined;
}
