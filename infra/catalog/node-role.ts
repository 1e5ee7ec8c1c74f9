import type { TypeLetter } from "../../src/catalog/types.ts";
import type { ArmNode } from "./arm-node.ts";
import type { Schema } from "./crd-source.ts";

/**
 * The letter of a schema node, told by its shape: references, secrets and config map values are objects of fixed
 * properties; a secret is told from a config map value by the wording of its description.
 */
export function letterOf(schema: Schema, name: string): TypeLetter {
  const { properties } = schema;
  if (schema.type === "array") return isIdentityList(schema, name) ? "uai" : "a";
  if (schema.type === "object") {
    if (properties !== undefined)
      return objectLetter(schema, Object.keys(properties).sort().join());
    if (schema.additionalProperties !== undefined) return "m";
    return schema["x-kubernetes-preserve-unknown-fields"] === true ? "jo" : "eo";
  }
  if (schema.type === undefined) {
    if (schema["x-kubernetes-preserve-unknown-fields"] === true) return "j";
    throw new Error(
      `${name}: a schema without type and without x-kubernetes-preserve-unknown-fields`,
    );
  }
  return scalarLetter(schema.type, name);
}

function scalarLetter(type: string, name: string): TypeLetter {
  switch (type) {
    case "string":
      return "s";
    case "integer":
      return "i";
    case "number":
      return "n";
    case "boolean":
      return "b";
    default:
      throw new Error(`${name}: unknown schema type ${type}`);
  }
}

function objectLetter(schema: Schema, names: string): TypeLetter {
  switch (names) {
    case "armId,group,kind,name":
      return "ref";
    case "armId,group,kind,name,wellKnownName":
      return "wkref";
    case "key,name":
      if (mentions(schema, "name", "secret")) return "secret";
      return mentions(schema, "name", "configmap") ? "config" : "o";
    case "name":
      return mentions(schema, "name", "secret") ? "secretmap" : "o";
    default:
      return "o";
  }
}

function mentions(schema: Schema, property: string, source: "secret" | "configmap"): boolean {
  const description = schema.properties?.[property]?.description ?? "";
  return description.replaceAll(/\s+/g, " ").includes(`Kubernetes ${source} being referenced`);
}

function isIdentityList(schema: Schema, name: string): boolean {
  const element = schema.items?.properties;
  const reference = element?.["reference"];
  return (
    name === "userAssignedIdentities" &&
    element !== undefined &&
    Object.keys(element).length === 1 &&
    reference !== undefined &&
    letterOf(reference, "reference") === "ref"
  );
}

/** True when a value of that schema can stand where ARM has a value of `node`. */
export function fits(schema: Schema, letter: TypeLetter, node: ArmNode): boolean {
  if (node.shapes.includes("any") || letter === "j") return true;
  switch (letter) {
    case "s":
    case "ref":
    case "wkref":
    case "secret":
    case "config":
      return node.shapes.includes("string");
    case "i":
    case "n":
      return node.shapes.includes("integer");
    case "b":
      return node.shapes.includes("boolean");
    case "a":
      return elementFits(schema.items, node.shapes.includes("array"), node.item());
    case "m":
    case "uai":
      return node.shapes.includes("object") && node.additional() !== undefined;
    default:
      return node.shapes.includes("object");
  }
}

function elementFits(
  items: Schema | undefined,
  isArray: boolean,
  item: ArmNode | undefined,
): boolean {
  if (!isArray || items === undefined || item === undefined) return isArray;
  return fits(items, letterOf(items, ""), item);
}
