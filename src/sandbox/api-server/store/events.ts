import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import type { Cause } from "../refusal.ts";
import { invalidValue } from "../schema/causes.ts";
import type { Schema } from "../schema/schema.ts";
import { humanDuration } from "./human-duration.ts";
import { metadataText } from "./metadata.ts";
import type { Column } from "./resource-type.ts";

const text: Schema = { type: "string" };
const count: Schema = { type: "integer" };

const reference: Schema = {
  type: "object",
  "x-kubernetes-map-type": "atomic",
  properties: {
    apiVersion: text,
    kind: text,
    name: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    fieldPath: text,
  },
};
const source: Schema = { type: "object", properties: { component: text, host: text } };
const series: Schema = {
  type: "object",
  properties: { count, lastObservedTime: text },
};

/** Fields of a core/v1 Event. */
export const eventSchema: Readonly<Record<string, Schema>> = {
  involvedObject: reference,
  related: reference,
  source,
  series,
  type: text,
  reason: text,
  message: text,
  action: text,
  count,
  eventTime: text,
  firstTimestamp: text,
  lastTimestamp: text,
  reportingComponent: text,
  reportingInstance: text,
};

/** Fields of an events.k8s.io/v1 Event. */
export const newEventSchema: Readonly<Record<string, Schema>> = {
  regarding: reference,
  related: reference,
  series,
  type: text,
  reason: text,
  note: text,
  action: text,
  eventTime: text,
  reportingController: text,
  reportingInstance: text,
  deprecatedCount: count,
  deprecatedFirstTimestamp: text,
  deprecatedLastTimestamp: text,
  deprecatedSource: source,
};

/** New names of the fields that differ between the two API groups. */
const renamed: Readonly<Record<string, string>> = {
  involvedObject: "regarding",
  message: "note",
  reportingComponent: "reportingController",
  source: "deprecatedSource",
  count: "deprecatedCount",
  firstTimestamp: "deprecatedFirstTimestamp",
  lastTimestamp: "deprecatedLastTimestamp",
};
const original = Object.fromEntries(Object.entries(renamed).map(([old, name]) => [name, old]));

/** Fields that the server sends even when nobody set them. */
const alwaysSent: JsonObject = {
  source: {},
  eventTime: null,
  firstTimestamp: null,
  lastTimestamp: null,
  reportingComponent: "",
  reportingInstance: "",
};

/** An empty event, for either group. */
export const eventSkeleton: JsonObject = alwaysSent;

/** An empty event under the field names of events.k8s.io/v1. */
export const newEventSkeleton: JsonObject = rename(alwaysSent, renamed);

/** Fills in what every event shows. */
export function prepareEvent(event: JsonObject): JsonObject {
  return { ...alwaysSent, ...event };
}

/** Fills in what every event of events.k8s.io/v1 shows. */
export function prepareNewEvent(event: JsonObject): JsonObject {
  return { ...newEventSkeleton, ...event };
}

/** A stored event as events.k8s.io/v1 shows it. */
export function eventFromStored(event: JsonObject): JsonObject {
  return { ...rename(event, renamed), apiVersion: "events.k8s.io/v1" };
}

/** An events.k8s.io/v1 event in its stored form, core/v1. */
export function eventToStored(event: JsonObject): JsonObject {
  return { ...rename(event, original), apiVersion: "v1" };
}

function rename(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [names[key] ?? key, value]),
  );
}

const referenceFields = [
  "kind",
  "namespace",
  "name",
  "uid",
  "apiVersion",
  "resourceVersion",
  "fieldPath",
];

/** Selectable fields of a core event; the values are paths in the stored form. */
export const eventFields: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    referenceFields.map((field) => [`involvedObject.${field}`, `involvedObject.${field}`]),
  ),
  reason: "reason",
  type: "type",
  source: "source.component",
  reportingComponent: "reportingComponent",
};

/** Field selectors of events.k8s.io/v1, by the field of the stored core/v1 event that they look at. */
export const newEventFields: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    referenceFields.map((field) => [`regarding.${field}`, `involvedObject.${field}`]),
  ),
  reason: "reason",
  type: "type",
  reportingController: "reportingComponent",
};

/** An event lives in the namespace of what it is about; that of cluster-wide objects in `default`. */
export function validateEvent(event: JsonObject): Cause[] {
  const involved = event["involvedObject"] ?? event["regarding"];
  const namespace = isJsonObject(involved) ? String(involved["namespace"] ?? "") : "";
  const own = metadataText(event, "namespace");
  if (namespace === own || (namespace === "" && own === "default")) return [];
  const why = "does not match event.namespace";
  return [invalidValue("involvedObject.namespace", namespace, why)];
}

function field(event: JsonObject, name: string): string {
  const value = event[name];
  return typeof value === "string" ? value : "";
}

function age(event: JsonObject, names: readonly string[], now: number): string {
  const time = names.map((name) => Date.parse(field(event, name))).find((ms) => !Number.isNaN(ms));
  return time === undefined ? "<unknown>" : humanDuration(now - time);
}

function objectCell(event: JsonObject): string {
  const involved = event["involvedObject"];
  if (!isJsonObject(involved)) return "";
  const name = String(involved["name"] ?? "");
  const kind = String(involved["kind"] ?? "").toLowerCase();
  return kind === "" ? name : `${kind}/${name}`;
}

function nested(event: JsonObject, object: string, key: string): string {
  const value = event[object];
  return isJsonObject(value) ? field(value, key) : "";
}

function sourceCell(event: JsonObject): string {
  const component = nested(event, "source", "component") || field(event, "reportingComponent");
  const host = nested(event, "source", "host") || field(event, "reportingInstance");
  return host === "" ? component : `${component}, ${host}`;
}

/** Columns of `kubectl get events`. The cells read the stored form. */
export const eventColumns: readonly Column[] = [
  {
    name: "Last Seen",
    type: "string",
    cell: (event, now) => age(event, ["lastTimestamp", "eventTime", "firstTimestamp"], now),
  },
  { name: "Type", type: "string", cell: (event) => field(event, "type") },
  { name: "Reason", type: "string", cell: (event) => field(event, "reason") },
  { name: "Object", type: "string", cell: objectCell },
  {
    name: "Subobject",
    type: "string",
    priority: 1,
    cell: (event) => nested(event, "involvedObject", "fieldPath"),
  },
  { name: "Source", type: "string", priority: 1, cell: sourceCell },
  { name: "Message", type: "string", cell: (event) => field(event, "message").trim() },
  {
    name: "First Seen",
    type: "string",
    priority: 1,
    cell: (event, now) => age(event, ["firstTimestamp", "eventTime"], now),
  },
  {
    name: "Count",
    type: "string",
    priority: 1,
    cell: (event) => (typeof event["count"] === "number" ? event["count"] : 1),
  },
  {
    name: "Name",
    type: "string",
    format: "name",
    priority: 1,
    cell: (event) => metadataText(event, "name"),
  },
];
