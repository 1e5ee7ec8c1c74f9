import type { JsonObject } from "../../../core/json.ts";
import type { FieldWriter, OwnedPart } from "../fields/managed-fields.ts";
import { forbidden, invalid, notFound, type Refusal } from "../refusal.ts";
import { validateMetadata } from "../schema/validate-metadata.ts";
import { validateSchema } from "../schema/validate-schema.ts";
import type { FieldValidation } from "./decode-object.ts";
import { isDeleting, metadataOf, metadataText } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import { groupVersion, type ResourceType, type TypeVersion } from "./resource-type.ts";

/** What a request addresses. `namespace` is empty for cluster-wide types and lists over all namespaces. */
export type Target = {
  readonly type: ResourceType;
  readonly version: TypeVersion;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: "" | "status" | "finalize";
};

/** How a write is done. */
export type WriteOptions = {
  readonly manager: string;
  readonly dryRun: boolean;
  readonly validation: FieldValidation;
};

/** A write that went through; `object` is at the requested version. */
export type Written = {
  readonly kind: "written";
  readonly object: JsonObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
};

/** The part of the object that a write to the target may change. */
export function ownedPart(target: Target): OwnedPart {
  if (target.subresource === "status") return "status";
  return target.version.hasStatus ? "main" : "whole";
}

/** Who writes, for field tracking. */
export function writerOf(target: Target, manager: string, time: string): FieldWriter {
  return {
    manager,
    apiVersion: groupVersion(target.type.group, target.version.name),
    subresource: target.subresource,
    time,
    part: ownedPart(target),
    schema: target.version.schema,
  };
}

/** Refuses content in a namespace that does not exist or is being deleted, and of a type that is being deleted. */
export function checkPlace(store: ObjectStore, target: Target, name: string): Refusal | undefined {
  const { type, namespace } = target;
  if (type.isCustom) {
    const crdType = store.types.get("apiextensions.k8s.io", "customresourcedefinitions");
    const crd = crdType && store.get(crdType, "", `${type.plural}.${type.group}`);
    if (crd !== undefined && isDeleting(crd)) {
      const why = "create not allowed while custom resource definition is terminating";
      return forbidden(type, name, why);
    }
  }
  if (!type.namespaced) return undefined;
  const namespaces = store.types.get("", "namespaces");
  if (namespaces === undefined) return undefined;
  const home = store.get(namespaces, "", namespace);
  if (home === undefined) return notFound(namespaces, namespace);
  if (!isDeleting(home)) return undefined;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  return forbidden(type, name, why, [
    { reason: "NamespaceTerminating", message, field: "metadata.namespace" },
  ]);
}

/** Checks a new or changed object against metadata rules, schema and the type's own rules. */
export function checkObject(
  target: Target,
  object: JsonObject,
  before: JsonObject | undefined,
): Refusal | undefined {
  const { type, version } = target;
  const metadata = metadataOf(object);
  const causes = validateMetadata(metadata, type.strategy.nameRule, !type.isCustom);
  if (type.isCustom) {
    const { metadata: _, ...content } = object;
    causes.push(...validateSchema(content, version.schema, ""));
  }
  causes.push(...(type.strategy.validate?.(object, before) ?? []));
  if (causes.length === 0) return undefined;
  return invalid(type.kind, type.group, metadataText(object, "name"), causes);
}

const suffixLetters = "bcdfghjklmnpqrstvwxz2456789";

/** A free name for `generateName`. */
export function generatedName(store: ObjectStore, target: Target, prefix: string): string {
  for (;;) {
    let suffix = "";
    while (suffix.length < 5) {
      suffix += suffixLetters[Math.floor(store.random.next() * suffixLetters.length)] ?? "b";
    }
    const name = `${prefix}${suffix}`;
    if (store.get(target.type, target.namespace, name) === undefined) return name;
  }
}

/** The answer of a write. */
export function written(
  object: JsonObject,
  created: boolean,
  warnings: readonly string[],
): Written {
  return { kind: "written", object, created, warnings };
}
