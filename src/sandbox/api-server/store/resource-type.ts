import type { JsonObject } from "../../../core/json.ts";
import type { Cause, Named } from "../refusal.ts";
import type { Schema } from "../schema/schema.ts";
import type { NameRule } from "../schema/validate-metadata.ts";

/** A column of `kubectl get`: a JSONPath into the object, or a function for built-in types. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
  readonly jsonPath?: string;
  readonly cell?: (object: JsonObject, now: number) => string | number | null;
};

/** What an API version of a type looks like. */
export type TypeVersion = {
  readonly name: string;
  readonly served: boolean;
  /** Schema of the whole object, metadata included. */
  readonly schema: Schema;
  readonly hasStatus: boolean;
  readonly columns: readonly Column[];
  /** Converts from and to the stored form where more than `apiVersion` differs. */
  readonly fromStored?: (object: JsonObject) => JsonObject;
  readonly toStored?: (object: JsonObject) => JsonObject;
};

/** Behaviour in which built-in types differ from custom resources. */
export type Strategy = {
  readonly nameRule: NameRule;
  /** `metadata.generation` is kept. */
  readonly hasGeneration: boolean;
  /** A PUT without resourceVersion overwrites. */
  readonly allowsBlindUpdate: boolean;
  /** Every delete goes through a deletionTimestamp; the object is removed by a controller. */
  readonly deletesInSteps: boolean;
  /** Sets what the server sets on create (`before` undefined) and update. Returns a new object. */
  readonly prepare?: (object: JsonObject, before: JsonObject | undefined) => JsonObject;
  /** Sets what the server sets when a deletion starts. Returns a new object. */
  readonly prepareDelete?: (object: JsonObject) => JsonObject;
  /** Checks beyond the schema. */
  readonly validate?: (object: JsonObject, before: JsonObject | undefined) => Cause[];
  /** The empty shape that the server itself gives to a new object: its containers have no owner. */
  readonly skeleton: JsonObject;
};

/** One kind of object that the server keeps: built in, or from a CustomResourceDefinition. */
export type ResourceType = Named & {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly isCustom: boolean;
  /** Served and unserved versions, in the order of preference. */
  readonly versions: readonly TypeVersion[];
  readonly storageVersion: string;
  /** Types with the same key share their objects (core and events.k8s.io Events). */
  readonly storageKey: string;
  /** Fields that field selectors may name beside metadata.name and metadata.namespace. */
  readonly selectable: Readonly<Record<string, string>>;
  readonly strategy: Strategy;
};

/** `v1` or `group/v1`. */
export function groupVersion(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

/** The version as served; undefined when it is not. */
export function servedVersion(type: ResourceType, version: string): TypeVersion | undefined {
  return type.versions.find((candidate) => candidate.name === version && candidate.served);
}

/** The version that objects are stored at. Every type has one. */
export function storedVersion(type: ResourceType): TypeVersion | undefined {
  return type.versions.find((candidate) => candidate.name === type.storageVersion);
}

const kubeVersion = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;

/**
 * Kubernetes' order of API versions: v2 before v1 before v1beta1 before v1alpha1, everything that is not of this form
 * afterwards by name. `v1api20200601` is of the second sort, so the oldest one is preferred.
 */
export function compareVersions(left: string, right: string): number {
  const a = kubeVersion.exec(left);
  const b = kubeVersion.exec(right);
  if (a === null || b === null) {
    if (a !== null || b !== null) return a === null ? 1 : -1;
    return left < right ? -1 : Number(left > right);
  }
  const stages = ["alpha", "beta", undefined];
  const byStage = stages.indexOf(b[2]) - stages.indexOf(a[2]);
  if (byStage !== 0) return byStage;
  return Number(b[1]) - Number(a[1]) || Number(b[3] ?? 0) - Number(a[3] ?? 0);
}
