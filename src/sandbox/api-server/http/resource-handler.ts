import { stringify } from "yaml";
import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import {
  badRequest,
  invalid,
  isRefusal,
  methodNotAllowed,
  notFound,
  type Refusal,
  unknownPath,
} from "../refusal.ts";
import { notSupported, requiredValue } from "../schema/causes.ts";
import { applyObject } from "../store/apply-object.ts";
import { createObject } from "../store/create-object.ts";
import type { FieldValidation } from "../store/decode-object.ts";
import { definitionWarnings } from "../store/definition-rules.ts";
import { isDefinitionType } from "../store/definitions.ts";
import {
  type DeleteOptions,
  deleteCollection,
  deleteObject,
  readDeleteOptions,
} from "../store/delete-object.ts";
import { finalizeNamespace } from "../store/finalize-namespace.ts";
import { listObjects, type Page } from "../store/list-objects.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { patchObject } from "../store/patch-object.ts";
import { parseSelectors } from "../store/selectors.ts";
import { replaceObject } from "../store/update-object.ts";
import type { Target, WriteOptions, Written } from "../store/write-target.ts";
import {
  type Answer,
  type ApiRequest,
  jsonAnswer,
  refusalAnswer,
  warningHeaders,
} from "./exchange.ts";
import { type Negotiated, negotiate } from "./negotiate.ts";
import {
  type RowObject,
  representList,
  representObject,
  representTable,
  tableMetadata,
} from "./represent.ts";
import { readBody, readPatch } from "./request-body.ts";
import type { ResourceRoute } from "./route.ts";
import { openWatch } from "./watch.ts";

/** Answers a request for objects of a type. */
export function resourceAnswer(
  store: ObjectStore,
  route: ResourceRoute,
  request: ApiRequest,
): Answer {
  const form = negotiate(request.accept);
  if (isRefusal(form)) return refusalAnswer(form);
  const target = targetOf(route);
  if (target === undefined) return refusalAnswer(unknownPath());
  if (target.name === "" && target.subresource !== "") return refusalAnswer(unknownPath());
  const context = { store, target, request, form };
  return target.name === "" ? collectionAnswer(context) : objectAnswer(context);
}

function collectionAnswer(context: Context): Answer {
  switch (context.request.method) {
    case "GET":
      return readCollection(context);
    case "POST":
      return create(context);
    case "PUT":
      return refusalAnswer(badRequest("name must be provided"));
    case "DELETE":
      return removeCollection(context);
    default:
      return refusalAnswer(methodNotAllowed());
  }
}

function objectAnswer(context: Context): Answer {
  const { request, target } = context;
  switch (request.method) {
    case "GET":
      return isWatch(request) ? readCollection(context) : readOne(context);
    case "PUT":
      return replace(context);
    case "PATCH":
      return patch(context);
    case "DELETE":
      return target.subresource === "" ? remove(context) : refusalAnswer(methodNotAllowed());
    default:
      return refusalAnswer(methodNotAllowed());
  }
}

type Context = {
  readonly store: ObjectStore;
  readonly target: Target;
  readonly request: ApiRequest;
  readonly form: Negotiated;
};

function targetOf(route: ResourceRoute): Target | undefined {
  const { target, subresource } = route;
  const isNamespace = target.type.group === "" && target.type.plural === "namespaces";
  if (subresource === "") return { ...target, subresource };
  if (subresource === "status" && target.version.hasStatus) return { ...target, subresource };
  return subresource === "finalize" && isNamespace ? { ...target, subresource } : undefined;
}

function isWatch(request: ApiRequest): boolean {
  return ["1", "true"].includes(request.query.get("watch") ?? "");
}

function rowObject(request: ApiRequest): RowObject {
  const value = request.query.get("includeObject");
  return value === "None" || value === "Object" ? value : "Metadata";
}

function readOne(context: Context): Answer {
  const { store, target, request, form } = context;
  const { type, version } = target;
  const stored = store.get(type, target.namespace, target.name);
  if (stored === undefined) return refusalAnswer(notFound(type, target.name));
  if (form.representation !== "table") {
    return formatted(form, 200, representObject(type, version, stored, form.representation));
  }
  const options = { includeObject: rowObject(request), withColumns: true, now: store.clock.now() };
  const table = representTable(type, version, [stored], tableMetadata(stored), options);
  return formatted(form, 200, table);
}

function readCollection(context: Context): Answer {
  const { store, target, request } = context;
  const { query } = request;
  const fields = query.get("fieldSelector") ?? "";
  const named = target.name === "" ? fields : `metadata.name=${target.name}`;
  const selector = parseSelectors(target.type, query.get("labelSelector") ?? "", named);
  if (isRefusal(selector)) return refusalAnswer(selector);
  if (isWatch(request)) return watch(context, selector.matches);
  const page = listObjects(store, target.type, target.namespace, {
    matches: selector.matches,
    limit: Math.max(0, Number(query.get("limit") ?? "0") || 0),
    continue: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
  });
  return isRefusal(page) ? refusalAnswer(page) : pageAnswer(context, page);
}

function pageAnswer(context: Context, page: Page): Answer {
  const { store, target, request, form } = context;
  const { type, version } = target;
  const metadata: JsonObject = { resourceVersion: page.resourceVersion };
  if (page.continue !== "") metadata["continue"] = page.continue;
  if (page.remaining !== undefined) metadata["remainingItemCount"] = page.remaining;
  if (form.representation !== "table") {
    const list = representList(type, version, page.items, metadata, form.representation);
    return formatted(form, 200, list);
  }
  const options = { includeObject: rowObject(request), withColumns: true, now: store.clock.now() };
  return formatted(form, 200, representTable(type, version, page.items, metadata, options));
}

function watch(context: Context, matches: (object: JsonObject) => boolean): Answer {
  const { store, target, request, form } = context;
  const { query } = request;
  const initial = query.get("sendInitialEvents");
  const opened = openWatch(store, {
    type: target.type,
    version: target.version,
    namespace: target.namespace,
    matches,
    representation: form.representation,
    includeObject: rowObject(request),
    resourceVersion: query.get("resourceVersion") ?? "",
    timeoutSeconds: Number(query.get("timeoutSeconds") ?? "0") || 0,
    allowsBookmarks: query.get("allowWatchBookmarks") === "true",
    initialEvents: initial === null ? undefined : initial === "true",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
  });
  return isRefusal(opened) ? refusalAnswer(opened) : opened;
}

function create(context: Context): Answer {
  const { store, target, request } = context;
  const options = writeOptions(request, "CreateOptions");
  if (isRefusal(options)) return refusalAnswer(options);
  const body = readBody(request, target.type.kind);
  if (isRefusal(body)) return refusalAnswer(body);
  const name = isJsonObject(body.value) ? body.value : {};
  const asked = { ...target, namespace: target.namespace || bodyNamespace(target, name) };
  return writeAnswer(context, createObject(store, asked, body.value, options));
}

/** A POST to the collection over all namespaces takes the namespace of the body. */
function bodyNamespace(target: Target, body: JsonObject): string {
  const metadata = body["metadata"];
  if (!target.type.namespaced || !isJsonObject(metadata)) return "";
  return String(metadata["namespace"] ?? "default");
}

function replace(context: Context): Answer {
  const { store, target, request } = context;
  const options = writeOptions(request, "UpdateOptions");
  if (isRefusal(options)) return refusalAnswer(options);
  const body = readBody(request, target.type.kind);
  if (isRefusal(body)) return refusalAnswer(body);
  if (target.subresource === "finalize") {
    return writeAnswer(context, finalizeNamespace(store, target, body.value));
  }
  return writeAnswer(context, replaceObject(store, target, body.value, options));
}

function patch(context: Context): Answer {
  const { store, target, request } = context;
  if (target.subresource === "finalize") return refusalAnswer(methodNotAllowed());
  const options = writeOptions(request, "PatchOptions");
  if (isRefusal(options)) return refusalAnswer(options);
  const body = readPatch(request, target.type.isCustom);
  if (isRefusal(body)) return refusalAnswer(body);
  if (body.type !== "apply") {
    return writeAnswer(context, patchObject(store, target, body.value, body.type, options));
  }
  if (!request.query.get("fieldManager")) {
    const cause = requiredValue("fieldManager", "is required for apply patch");
    return refusalAnswer(invalid("PatchOptions", "meta.k8s.io", "", [cause]));
  }
  const force = request.query.get("force") === "true";
  return writeAnswer(context, applyObject(store, target, body.value, { ...options, force }));
}

function writeAnswer(context: Context, outcome: Written | Refusal): Answer {
  if (isRefusal(outcome)) return refusalAnswer(outcome);
  const { target, form } = context;
  const isDefinition = isDefinitionType(target.type);
  const limits = isDefinition ? definitionWarnings(outcome.object) : [];
  const headers = warningHeaders([...outcome.warnings, ...limits]);
  return formatted(form, outcome.created ? 201 : 200, outcome.object, headers);
}

function remove(context: Context): Answer {
  const { store, target, request, form } = context;
  const options = deleteOptions(request);
  if (isRefusal(options)) return refusalAnswer(options);
  const outcome = deleteObject(store, target, options);
  return isRefusal(outcome) ? refusalAnswer(outcome) : formatted(form, 200, outcome.object);
}

function removeCollection(context: Context): Answer {
  const { store, target, request, form } = context;
  const { type, version } = target;
  const options = deleteOptions(request);
  if (isRefusal(options)) return refusalAnswer(options);
  if (type.group === "" && type.plural === "namespaces") return refusalAnswer(methodNotAllowed());
  const { query } = request;
  const labels = query.get("labelSelector") ?? "";
  const selector = parseSelectors(type, labels, query.get("fieldSelector") ?? "");
  if (isRefusal(selector)) return refusalAnswer(selector);
  const items = deleteCollection(store, target, selector.matches, options);
  const metadata = { resourceVersion: String(store.revision) };
  return formatted(form, 200, representList(type, version, items, metadata, "object"));
}

function deleteOptions(request: ApiRequest): DeleteOptions | Refusal {
  if (request.body.length === 0) return readDeleteOptions(undefined, request.query);
  const body = readBody(request, "DeleteOptions");
  return isRefusal(body) ? body : readDeleteOptions(body.value, request.query);
}

function writeOptions(request: ApiRequest, kind: string): WriteOptions | Refusal {
  const { query } = request;
  const dryRun = query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All" && value !== "")) {
    const cause = notSupported("dryRun", dryRun, ["All"]);
    return invalid(kind, "meta.k8s.io", "", [cause]);
  }
  const validation = query.get("fieldValidation") || "Warn";
  if (!isFieldValidation(validation)) {
    const cause = notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]);
    return invalid(kind, "meta.k8s.io", "", [cause]);
  }
  const agent = request.userAgent.split("/")[0] || "unknown";
  return {
    manager: query.get("fieldManager") || agent,
    dryRun: dryRun.includes("All"),
    validation,
  };
}

function isFieldValidation(value: string): value is FieldValidation {
  return value === "Ignore" || value === "Warn" || value === "Strict";
}

function formatted(
  form: Negotiated,
  code: number,
  value: JsonObject,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): Answer {
  const answer = jsonAnswer(code, value, headers);
  if (form.format === "json") return answer;
  return {
    ...answer,
    contentType: "application/yaml",
    text: stringify(value, { sortMapEntries: true }),
  };
}
