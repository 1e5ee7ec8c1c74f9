import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { atVersion } from "../store/convert-version.ts";
import { humanDuration } from "../store/human-duration.ts";
import { metadataOf, metadataText } from "../store/metadata.ts";
import {
  type Column,
  groupVersion,
  type ResourceType,
  type TypeVersion,
} from "../store/resource-type.ts";
import { readJsonPath } from "./json-path.ts";

/** The form in which a client wants objects. */
export type Representation = "object" | "metadata" | "table";

/** Which part of an object a table row carries (`includeObject`). */
export type RowObject = "None" | "Metadata" | "Object";

const metaVersion = "meta.k8s.io/v1";

/** A stored object as the version and representation show it. */
export function representObject(
  type: ResourceType,
  version: TypeVersion,
  stored: JsonObject,
  representation: "object" | "metadata",
): JsonObject {
  const object = atVersion(type, version, stored);
  return representation === "object" ? object : partialMetadata(object);
}

function partialMetadata(object: JsonObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata: metadataOf(object) };
}

/** A list of objects in the given representation. `metadata` is the list's own. */
export function representList(
  type: ResourceType,
  version: TypeVersion,
  items: readonly JsonObject[],
  metadata: JsonObject,
  representation: "object" | "metadata",
): JsonObject {
  const shown = items.map((item) => {
    const object = representObject(type, version, item, representation);
    return type.isCustom || representation === "metadata" ? object : withoutType(object);
  });
  const header: JsonObject =
    representation === "metadata"
      ? { kind: "PartialObjectMetadataList", apiVersion: metaVersion }
      : { kind: type.listKind, apiVersion: groupVersion(type.group, version.name) };
  return { ...header, metadata, items: shown };
}

/** Items of built-in lists name neither kind nor version: the list does. */
function withoutType(object: JsonObject): JsonObject {
  const { apiVersion: _, kind: __, ...rest } = object;
  return rest;
}

/** How a Table is rendered. */
export type TableOptions = {
  readonly includeObject: RowObject;
  readonly withColumns: boolean;
  /** Milliseconds since the epoch; ages are counted from it. */
  readonly now: number;
};

/** Objects as the table that `kubectl get` prints. */
export function representTable(
  type: ResourceType,
  version: TypeVersion,
  items: readonly JsonObject[],
  metadata: JsonObject,
  options: TableOptions,
): JsonObject {
  return {
    kind: "Table",
    apiVersion: metaVersion,
    metadata,
    columnDefinitions: options.withColumns ? version.columns.map(columnDefinition) : [],
    rows: items.map((stored) => row(type, version, stored, options)),
  };
}

function columnDefinition(column: Column): JsonObject {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description ?? "",
    priority: column.priority ?? 0,
  };
}

function row(
  type: ResourceType,
  version: TypeVersion,
  stored: JsonObject,
  options: TableOptions,
): JsonObject {
  const object = atVersion(type, version, stored);
  const cells = version.columns.map((column) =>
    column.cell === undefined
      ? pathCell(object, column, options.now)
      : column.cell(stored, options.now),
  );
  if (options.includeObject === "None") return { cells, object: null };
  return { cells, object: options.includeObject === "Object" ? object : partialMetadata(object) };
}

function pathCell(object: JsonObject, column: Column, now: number): JsonValue {
  const value = readJsonPath(object, column.jsonPath ?? "");
  if (value === undefined) return null;
  switch (column.type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return dateCell(value, now);
    default:
      return typeof value === "string" ? value : JSON.stringify(value);
  }
}

function dateCell(value: JsonValue, now: number): string {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? "<unknown>" : humanDuration(now - time);
}

/** `metadata` of a table of one object. */
export function tableMetadata(stored: JsonObject): JsonObject {
  return { resourceVersion: metadataText(stored, "resourceVersion") };
}
