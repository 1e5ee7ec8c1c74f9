import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { isEqualJson } from "../fields/compare-fields.ts";
import type { Cause } from "../refusal.ts";
import { invalidValue, notSupported, requiredValue } from "../schema/causes.ts";
import { strings } from "../schema/validate-metadata.ts";
import { metadataText, withMetadata } from "./metadata.ts";

const cleanup = "customresourcecleanup.apiextensions.k8s.io";

/** Sets what the server sets in a CustomResourceDefinition: derived names, conversion, stored versions. */
export function prepareDefinition(object: JsonObject, before: JsonObject | undefined): JsonObject {
  const spec = field(object, "spec");
  const names = field(spec, "names");
  const kind = text(names["kind"]);
  const filled: JsonObject = {
    ...spec,
    names: {
      ...names,
      singular: text(names["singular"]) || kind.toLowerCase(),
      listKind: text(names["listKind"]) || `${kind}List`,
    },
    conversion: isJsonObject(spec["conversion"]) ? spec["conversion"] : { strategy: "None" },
  };
  delete filled["preserveUnknownFields"];
  // The same spec object stands for the same type, so an unchanged spec is kept by identity.
  const kept =
    before !== undefined && isEqualJson(before["spec"], filled) ? before["spec"] : filled;
  const status = before === undefined ? newStatus() : field(before, "status");
  const stored = new Set([...strings(status["storedVersions"]), ...storageVersions(filled)]);
  return { ...object, spec: kept ?? filled, status: { ...status, storedVersions: [...stored] } };
}

/** A definition goes only after its objects. */
export function prepareDefinitionDelete(object: JsonObject): JsonObject {
  const finalizers = strings(field(object, "metadata")["finalizers"]);
  if (finalizers.includes(cleanup)) return object;
  return withMetadata(object, { finalizers: [...finalizers, cleanup] });
}

function newStatus(): JsonObject {
  return { conditions: null, acceptedNames: { plural: "", kind: "" } };
}

function storageVersions(spec: JsonObject): string[] {
  return list(spec["versions"])
    .filter((version) => version["storage"] === true)
    .map((version) => text(version["name"]));
}

/** What is wrong with a definition, so far as this server depends on it. */
export function validateDefinition(object: JsonObject, before: JsonObject | undefined): Cause[] {
  const spec = field(object, "spec");
  const names = field(spec, "names");
  const versions = list(spec["versions"]);
  const causes: Cause[] = [];
  const name = metadataText(object, "name");
  for (const required of ["group", "scope"]) {
    if (text(spec[required]) === "") causes.push(requiredValue(`spec.${required}`));
  }
  if (text(spec["scope"]) !== "" && !["Namespaced", "Cluster"].includes(text(spec["scope"]))) {
    causes.push(notSupported("spec.scope", spec["scope"] ?? null, ["Cluster", "Namespaced"]));
  }
  for (const required of ["plural", "kind"]) {
    if (text(names[required]) === "") causes.push(requiredValue(`spec.names.${required}`));
  }
  if (name !== `${text(names["plural"])}.${text(spec["group"])}`) {
    const why = 'must be spec.names.plural+"."+spec.group';
    causes.push(invalidValue("metadata.name", name, why));
  }
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    const why = "must have exactly one version marked as storage version";
    causes.push(invalidValue("spec.versions", versions.map(versionSummary), why));
  }
  for (const [index, version] of versions.entries()) {
    causes.push(...schemaCauses(version, `spec.versions[${index}].schema.openAPIV3Schema`));
  }
  return [...causes, ...immutableCauses(spec, before)];
}

function versionSummary(version: JsonObject): JsonObject {
  const { name, served, storage } = version;
  return { Name: name ?? "", Served: served ?? false, Storage: storage ?? false };
}

function immutableCauses(spec: JsonObject, before: JsonObject | undefined): Cause[] {
  if (before === undefined) return [];
  const previous = field(before, "spec");
  return ["group", "scope"].flatMap((key) =>
    isEqualJson(previous[key], spec[key])
      ? []
      : [invalidValue(`spec.${key}`, spec[key] ?? null, "field is immutable")],
  );
}

function schemaCauses(version: JsonObject, path: string): Cause[] {
  const schema = field(field(version, "schema"), "openAPIV3Schema");
  if (Object.keys(schema).length === 0) return [requiredValue(path)];
  return structuralCauses(schema, "spec.validation.openAPIV3Schema", true);
}

/** Every node of a structural schema needs a type, unless it takes anything. */
function structuralCauses(schema: JsonObject, path: string, isRoot: boolean): Cause[] {
  const causes: Cause[] = [];
  const open = ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];
  if (text(schema["type"]) === "" && !open.some((key) => schema[key] === true)) {
    const where = isRoot ? "the root" : "specified object fields";
    causes.push(requiredValue(`${path}.type`, `must not be empty for ${where}`));
  }
  for (const [key, child] of Object.entries(field(schema, "properties"))) {
    if (isJsonObject(child)) {
      causes.push(...structuralCauses(child, `${path}.properties[${key}]`, false));
    }
  }
  for (const key of ["items", "additionalProperties"]) {
    const child = schema[key];
    if (isJsonObject(child)) causes.push(...structuralCauses(child, `${path}.${key}`, false));
  }
  return causes;
}

/** What a definition asks for that this server does not do; sent as warnings. */
export function definitionWarnings(object: JsonObject): string[] {
  const warnings: string[] = [];
  const spec = field(object, "spec");
  if (text(field(spec, "conversion")["strategy"]) === "Webhook") {
    warnings.push(
      "this server calls no conversion webhooks; versions are converted as with strategy None",
    );
  }
  if (JSON.stringify(spec["versions"] ?? []).includes('"x-kubernetes-validations"')) {
    warnings.push("this server does not evaluate x-kubernetes-validations (CEL rules)");
  }
  return warnings;
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function field(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}
