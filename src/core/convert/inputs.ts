import type { ObjectType, PropertyDetail } from "../../catalog/types.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { isDataKey, isObjectName } from "../resource/object-name.ts";
import type { Problem } from "../resource/types.ts";
import type { KindVersion } from "./kind-version.ts";
import { type Reference, readKeyReference, readReference, readSecretMapName } from "./reference.ts";
import { propertyDetail, specType } from "./spec-type.ts";

export type { Reference } from "./reference.ts";

/** Everything outside the custom resource that its ARM body is made of. Paths start with `spec.` and name list elements by `[n]`. */
export type Inputs = {
  readonly references: readonly { readonly path: string; readonly reference: Reference }[];
  readonly secrets: readonly {
    readonly path: string;
    readonly name: string;
    readonly key: string;
  }[];
  /** Secrets that are used with all their keys. */
  readonly secretMaps: readonly { readonly path: string; readonly name: string }[];
  readonly configMaps: readonly {
    readonly path: string;
    readonly name: string;
    readonly key: string;
  }[];
  /** What ASO's admission would refuse (aso-features 11): the body must not be built while there is one. */
  readonly problems: readonly Problem[];
};

type Collector = {
  readonly types: readonly ObjectType[];
  readonly references: { path: string; reference: Reference }[];
  readonly secrets: { path: string; name: string; key: string }[];
  readonly secretMaps: { path: string; name: string }[];
  readonly configMaps: { path: string; name: string; key: string }[];
  readonly problems: Problem[];
};

/**
 * Finds every reference, secret value, whole Secret and ConfigMap value that `spec` uses. `owner`, `operatorSpec` and
 * `azureNameFromConfig` are not among them: they shape the address and the exports, not the body.
 */
export function collectInputs(spec: JsonObject, version: KindVersion): Inputs {
  const collector: Collector = {
    types: version.types,
    references: [],
    secrets: [],
    secretMaps: [],
    configMaps: [],
    problems: [],
  };
  if (version.spec !== undefined) collectObject(collector, version.spec, spec, "spec");
  return collector;
}

function collectObject(
  collector: Collector,
  index: number,
  source: JsonObject,
  path: string,
): void {
  const type = specType(collector.types, index, undefined);
  for (const fields of [type.fields, type.variants]) {
    for (const field of fields) {
      const value = source[field.name];
      if (!isSet(value)) continue;
      collectValue(collector, field.property, value, `${path}.${field.name}`);
    }
  }
  for (const [literal, from] of type.exclusive) {
    if (!isSet(source[literal]) || !isSet(source[from])) continue;
    refuse(collector, `${path}.${literal} and ${path}.${from} are both set; only one may be`);
  }
}

function collectValue(
  collector: Collector,
  property: PropertyDetail,
  value: JsonValue,
  path: string,
): void {
  switch (property.t) {
    case "o":
      if (isJsonObject(value)) collectObject(collector, property.o ?? -1, value, path);
      return;
    case "a":
      collectElements(collector, property, value, path);
      return;
    case "m":
      if (!isJsonObject(value) || property.e === undefined) return;
      for (const [key, element] of Object.entries(value)) {
        if (isSet(element))
          collectValue(collector, propertyDetail(property.e), element, `${path}.${key}`);
      }
      return;
    case "uai":
      collectIdentities(collector, value, path);
      return;
    default:
      collectLeaf(collector, property, value, path);
  }
}

function collectElements(
  collector: Collector,
  property: PropertyDetail,
  value: JsonValue,
  path: string,
): void {
  if (!Array.isArray(value) || property.e === undefined) return;
  const detail = propertyDetail(property.e);
  value.forEach((element, index) => {
    if (isSet(element)) collectValue(collector, detail, element, `${path}[${index}]`);
  });
}

function collectIdentities(collector: Collector, value: JsonValue, path: string): void {
  if (!Array.isArray(value)) return;
  value.forEach((element, index) => {
    const reference = isJsonObject(element) ? element["reference"] : undefined;
    collectReference(collector, reference ?? {}, `${path}[${index}].reference`, false);
  });
}

function collectLeaf(
  collector: Collector,
  property: PropertyDetail,
  value: JsonValue,
  path: string,
): void {
  switch (property.t) {
    case "ref":
    case "wkref":
      collectReference(collector, value, path, property.t === "wkref");
      return;
    case "secret":
    case "config": {
      const reference = readKeyReference(value);
      if (reference === undefined) refuse(collector, `${path} needs name and key`);
      else if (accepts(collector, path, reference))
        (property.t === "secret" ? collector.secrets : collector.configMaps).push({
          path,
          ...reference,
        });
      return;
    }
    case "secretmap": {
      const name = readSecretMapName(value);
      if (name === undefined) refuse(collector, `${path} needs name`);
      else if (accepts(collector, path, { name })) collector.secretMaps.push({ path, name });
      return;
    }
    default:
  }
}

/** Names that no object can have are refused here: they become keys of rows, which hold fewer characters than a spec. */
function accepts(
  collector: Collector,
  path: string,
  { name, key }: { readonly name: string; readonly key?: string },
): boolean {
  if (!isObjectName(name)) {
    refuse(
      collector,
      `${path}.name must be the name of an object: at most 253 lower-case letters, digits, "-" and ".", with a letter or digit at both ends`,
    );
    return false;
  }
  if (key === undefined || isDataKey(key)) return true;
  refuse(
    collector,
    `${path}.key must be a key of an object: at most 253 letters, digits, "-", "_" and "."`,
  );
  return false;
}

function collectReference(
  collector: Collector,
  value: JsonValue,
  path: string,
  allowWellKnown: boolean,
): void {
  const reading = readReference(value, allowWellKnown);
  if (reading.kind === "wrong") refuse(collector, `${path} ${reading.wrong}`);
  else collector.references.push({ path, reference: reading.reference });
}

function isSet(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null;
}

/** Only an edit of the resource can mend it, and an edit starts a pass by itself: hence the slow repetition. */
function refuse(collector: Collector, message: string): void {
  collector.problems.push({ reason: "Failed", severity: "Error", message, retry: "slow" });
}
