import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { isEqualJson } from "../fields/compare-fields.ts";
import { readManagedFields, trackUpdate, writeManagedFields } from "../fields/managed-fields.ts";
import { objectSchema } from "../schema/object-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { strings } from "../schema/validate-metadata.ts";
import { isDeleting, metadataOf, withMetadata } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import {
  type Column,
  compareVersions,
  type ResourceType,
  type TypeVersion,
} from "./resource-type.ts";

const known = new WeakMap<JsonObject, ResourceType>();

/** True for the type CustomResourceDefinition itself. */
export function isDefinitionType(type: ResourceType): boolean {
  return type.group === "apiextensions.k8s.io" && type.plural === "customresourcedefinitions";
}

/** The type that a definition defines; the same one as long as its spec stays the same. */
export function definitionType(crd: JsonObject): ResourceType | undefined {
  const spec = crd["spec"];
  if (!isJsonObject(spec)) return undefined;
  let type = known.get(spec);
  if (type === undefined) {
    type = readType(spec);
    known.set(spec, type);
  }
  return type;
}

function readType(spec: JsonObject): ResourceType {
  const names = objectField(spec, "names");
  const group = text(spec["group"]);
  const plural = text(names["plural"]);
  const versions = objects(spec["versions"]);
  const storage = versions.find((version) => version["storage"] === true);
  return {
    group,
    plural,
    kind: text(names["kind"]),
    singular: text(names["singular"]),
    listKind: text(names["listKind"]),
    shortNames: strings(names["shortNames"]),
    categories: strings(names["categories"]),
    namespaced: spec["scope"] === "Namespaced",
    isCustom: true,
    versions: versions
      .map(readVersion)
      .sort((left, right) => compareVersions(left.name, right.name)),
    storageVersion: text(storage?.["name"]),
    storageKey: `${group}/${plural}`,
    selectable: selectableFields(versions),
    strategy: {
      nameRule: "subdomain",
      hasGeneration: true,
      allowsBlindUpdate: false,
      deletesInSteps: false,
      skeleton: {},
    },
  };
}

function readVersion(version: JsonObject): TypeVersion {
  const schema = objectField(objectField(version, "schema"), "openAPIV3Schema");
  const columns = objects(version["additionalPrinterColumns"]).map(readColumn);
  const subresources = objectField(version, "subresources");
  return {
    name: text(version["name"]),
    served: version["served"] === true,
    // A definition's schema was checked when it was stored; Schema is the same shape in types.
    schema: objectSchema(schema as unknown as Schema),
    hasStatus: subresources["status"] !== undefined,
    columns: [nameColumn, ...(columns.length > 0 ? columns : [ageColumn])],
  };
}

/** The first column of every table. */
export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  jsonPath: ".metadata.name",
};

/** The column of types that name none of their own. */
const ageColumn: Column = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
};

function readColumn(column: JsonObject): Column {
  const jsonPath = text(column["jsonPath"]);
  const described = text(column["description"]);
  return {
    name: text(column["name"]),
    type: text(column["type"]),
    format: text(column["format"]),
    priority: Number(column["priority"] ?? 0),
    description: described || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    jsonPath,
  };
}

function selectableFields(versions: readonly JsonObject[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const version of versions) {
    for (const field of objects(version["selectableFields"])) {
      const path = text(field["jsonPath"]).replace(/^\./, "");
      fields[path] = path;
    }
  }
  return fields;
}

/** Accepts or refuses a definition's names, records that in its status, and serves the type once it is established. */
export function reconcileDefinition(store: ObjectStore, type: ResourceType, crd: JsonObject): void {
  const custom = definitionType(crd);
  if (custom === undefined) return;
  const status = nextStatus(store, crd, custom);
  const isEstablished = condition(status, "Established")?.["status"] === "True";
  const served = store.types.get(custom.group, custom.plural);
  if (isEstablished && served !== custom) {
    store.types.register(custom);
    if (served === undefined) store.beginHistory(custom);
  }
  if (isEqualJson(crd["status"], status)) return;
  const next = { ...crd, status };
  const version = type.versions[0];
  if (version === undefined) return;
  const before = {
    ...crd,
    status: { ...(type.strategy.skeleton["status"] as JsonObject), ...objectField(crd, "status") },
  };
  const entries = trackUpdate(readManagedFields(metadataOf(crd)["managedFields"]), before, next, {
    manager: "kube-apiserver",
    apiVersion: "apiextensions.k8s.io/v1",
    subresource: "status",
    time: store.timestamp(),
    part: "status",
    schema: version.schema,
  });
  store.put(type, withMetadata(next, { managedFields: writeManagedFields(entries) }));
}

type Condition = { type: string; status: string; reason: string; message: string };

function nextStatus(store: ObjectStore, crd: JsonObject, custom: ResourceType): JsonObject {
  const status = objectField(crd, "status");
  const problem = nameProblem(store, custom);
  const wasEstablished = condition(status, "Established")?.["status"] === "True";
  const wanted: Condition[] = [
    problem === undefined
      ? namesAccepted("True", "NoConflicts", "no conflicts found")
      : namesAccepted("False", problem.reason, problem.message),
    problem === undefined || wasEstablished
      ? established("True", "InitialNamesAccepted", "the initial names have been accepted")
      : established("False", "NotAccepted", "not all names are accepted"),
  ];
  if (isDeleting(crd)) {
    const message = "CustomResource deletion is in progress";
    wanted.push({
      type: "Terminating",
      status: "True",
      reason: "InstanceDeletionInProgress",
      message,
    });
  }
  const conditions = wanted.map((next) => dated(status, next, store.timestamp()));
  const names = objectField(objectField(crd, "spec"), "names");
  const acceptedNames = problem === undefined ? names : { plural: text(names["plural"]), kind: "" };
  return { ...status, conditions, acceptedNames };
}

function namesAccepted(status: string, reason: string, message: string): Condition {
  return { type: "NamesAccepted", status, reason, message };
}

function established(status: string, reason: string, message: string): Condition {
  return { type: "Established", status, reason, message };
}

function dated(status: JsonObject, next: Condition, now: string): JsonObject {
  const previous = condition(status, next.type);
  const isSame = previous?.["status"] === next.status;
  return { ...next, lastTransitionTime: isSame ? (previous?.["lastTransitionTime"] ?? now) : now };
}

function condition(status: JsonObject, type: string): JsonObject | undefined {
  return objects(status["conditions"]).find((candidate) => candidate["type"] === type);
}

/** A name of the definition that another type of the group already has. The last one found is told. */
function nameProblem(
  store: ObjectStore,
  custom: ResourceType,
): { reason: string; message: string } | undefined {
  const others = store.types
    .all()
    .filter((other) => other.group === custom.group && other.plural !== custom.plural);
  const kinds = new Set(others.flatMap((other) => [other.kind, other.listKind]));
  const resources = new Set(
    others.flatMap((other) => [other.plural, other.singular, ...other.shortNames]),
  );
  let problem: { reason: string; message: string } | undefined;
  const check = (reason: string, name: string, taken: ReadonlySet<string>) => {
    if (taken.has(name)) problem = { reason, message: `${JSON.stringify(name)} is already in use` };
  };
  check("PluralConflict", custom.plural, resources);
  check("SingularConflict", custom.singular, resources);
  for (const shortName of custom.shortNames) check("ShortNamesConflict", shortName, resources);
  check("KindConflict", custom.kind, kinds);
  check("ListKindConflict", custom.listKind, kinds);
  return problem;
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectField(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}
