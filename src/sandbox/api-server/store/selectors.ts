import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { badRequest, type Refusal } from "../refusal.ts";
import { metadataOf } from "./metadata.ts";
import type { ResourceType } from "./resource-type.ts";

/** True for the stored objects that a list or watch shows. */
export type Selector = (object: JsonObject) => boolean;

/** A label and a field selector as one test; a refusal (400) when one of them cannot be parsed. */
export function parseSelectors(
  type: ResourceType,
  labelText: string,
  fieldText: string,
): { readonly kind: "selector"; readonly matches: Selector } | Refusal {
  const tests: Selector[] = [];
  for (const requirement of splitRequirements(labelText)) {
    const test = labelTest(requirement.trim());
    if (test === undefined) {
      return badRequest(`unable to parse requirement: ${JSON.stringify(requirement)}`);
    }
    tests.push(test);
  }
  for (const requirement of fieldText.split(",").filter((part) => part !== "")) {
    const test = fieldTest(type, requirement.trim());
    if (typeof test === "string") return badRequest(test);
    tests.push(test);
  }
  return { kind: "selector", matches: (object) => tests.every((test) => test(object)) };
}

/** Splits at commas that are not inside `in (a, b)`. */
function splitRequirements(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/).filter((part) => part.trim() !== "");
}

const label = "[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)?";
const value = "[A-Za-z0-9_.-]*";
const equality = new RegExp(`^(${label})\\s*(=|==|!=)\\s*(${value})$`);
const membership = new RegExp(`^(${label})\\s+(in|notin)\\s+\\(([^)]*)\\)$`);
const existence = new RegExp(`^(!?)\\s*(${label})$`);
const comparison = new RegExp(`^(${label})\\s*([<>])\\s*(\\d+)$`);

function labelTest(requirement: string): Selector | undefined {
  const equal = equality.exec(requirement);
  if (equal !== null) {
    const [, key = "", operator, wanted] = equal;
    return operator === "!="
      ? (object) => labelOf(object, key) !== wanted
      : (object) => labelOf(object, key) === wanted;
  }
  const member = membership.exec(requirement);
  if (member !== null) {
    const [, key = "", operator, list = ""] = member;
    const values = new Set<string | undefined>(list.split(",").map((item) => item.trim()));
    return (object) => values.has(labelOf(object, key)) === (operator === "in");
  }
  const exists = existence.exec(requirement);
  if (exists !== null) {
    const [, negation, key = ""] = exists;
    return (object) => (labelOf(object, key) === undefined) === (negation === "!");
  }
  const compared = comparison.exec(requirement);
  if (compared === null) return undefined;
  const [, key = "", operator, limit] = compared;
  return (object) => {
    const number = Number(labelOf(object, key) ?? Number.NaN);
    return operator === ">" ? number > Number(limit) : number < Number(limit);
  };
}

function labelOf(object: JsonObject, key: string): string | undefined {
  const labels = metadataOf(object)["labels"];
  const found = isJsonObject(labels) ? labels[key] : undefined;
  return typeof found === "string" ? found : undefined;
}

function fieldTest(type: ResourceType, requirement: string): Selector | string {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(requirement);
  if (match === null) {
    return `invalid selector: '${requirement}'; can't understand '${requirement}'`;
  }
  const [, field = "", operator, wanted] = match;
  const common = field === "metadata.name" || (field === "metadata.namespace" && type.namespaced);
  const path = common ? field : type.selectable[field];
  if (path === undefined) {
    return type.isCustom
      ? `field label not supported: ${field}`
      : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  }
  const keys = path.split(".");
  return (object) => (textAt(object, keys) === wanted) === (operator !== "!=");
}

function textAt(object: JsonObject, keys: readonly string[]): string {
  let found: JsonValue | undefined = object;
  for (const key of keys) found = isJsonObject(found) ? found[key] : undefined;
  return found === undefined || found === null ? "" : String(found);
}
