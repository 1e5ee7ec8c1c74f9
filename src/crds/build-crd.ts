import type { CatalogGroup, CatalogKind } from "../catalog/types.ts";
import { uuidNameKinds } from "../core/resource/azure-name.ts";
import type { OpenApiSchema } from "./openapi-schema.ts";
import { storageVersion } from "./served-versions.ts";
import { unionSchema } from "./union-schema.ts";
import { withValidationRules } from "./validation-rules.ts";
import { withDifferences } from "./version-differences.ts";
import { versionSchema } from "./version-schema.ts";

type PrinterColumn = { readonly name: string; readonly type: "string"; readonly jsonPath: string };

type CrdVersion = {
  readonly name: string;
  readonly served: true;
  readonly storage: boolean;
  readonly subresources: { readonly status: Readonly<Record<string, never>> };
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly schema: { readonly openAPIV3Schema: OpenApiSchema };
};

/** A CustomResourceDefinition of apiextensions.k8s.io/v1, as far as this project writes one. */
export type CustomResourceDefinition = {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: "Namespaced";
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories: readonly string[];
    };
    readonly conversion: { readonly strategy: "None" };
    readonly versions: readonly CrdVersion[];
  };
};

const columns: readonly PrinterColumn[] = ["Ready", "Severity", "Reason", "Message"].map(
  (name) => ({
    name,
    type: "string",
    jsonPath: `.status.conditions[?(@.type=='Ready')].${name === "Ready" ? "status" : name.toLowerCase()}`,
  }),
);

/**
 * The CRD of a kind that serves `served`. Objects are stored at the newest stable of these versions, under the union of
 * their schemas, which describes where they contradict each other; every other version has ASO's own schema. No webhook: conversion is `None`.
 * Throws an OperatorError when `served` is empty or names a version that the kind does not have.
 *
 * @param release version of this program, for the label `app.kubernetes.io/version`
 */
export function buildCrd(
  group: CatalogGroup,
  kindName: string,
  kind: CatalogKind,
  served: readonly string[],
  release: string,
): CustomResourceDefinition {
  const stored = storageVersion(served);
  const namedAfterObject = !Object.hasOwn(uuidNameKinds, `${group.group}/${kindName}`);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${kind.plural}.${group.group}`,
      labels: {
        "app.kubernetes.io/name": "aso-functions",
        "app.kubernetes.io/version": release,
      },
    },
    spec: {
      group: group.group,
      scope: "Namespaced",
      names: namesOf(group, kindName, kind),
      conversion: { strategy: "None" },
      versions: [...served].sort().map((name) => {
        const schema =
          name === stored ? storedSchema(group, kind, served) : versionSchema(group, kind, name);
        return versionEntry(name, name === stored, withValidationRules(schema, namedAfterObject));
      }),
    },
  };
}

/** The union of all served schemas, which says where they contradict each other. */
function storedSchema(
  group: CatalogGroup,
  kind: CatalogKind,
  served: readonly string[],
): OpenApiSchema {
  const stored = storageVersion(served);
  const versions = [stored, ...served.filter((name) => name !== stored)].map((version) => ({
    version,
    schema: versionSchema(group, kind, version),
  }));
  return withDifferences(unionSchema(versions.map(({ schema }) => schema)), versions);
}

function namesOf(
  group: CatalogGroup,
  kindName: string,
  kind: CatalogKind,
): CustomResourceDefinition["spec"]["names"] {
  const category = group.group.replace(/\.azure\.com$/, "").replaceAll(".", "");
  return {
    kind: kindName,
    listKind: `${kindName}List`,
    plural: kind.plural,
    singular: kindName.toLowerCase(),
    ...(kind.short === undefined ? {} : { shortNames: kind.short }),
    categories: ["azure", category, ...(kind.categories ?? [])],
  };
}

function versionEntry(name: string, storage: boolean, openAPIV3Schema: OpenApiSchema): CrdVersion {
  return {
    name,
    served: true,
    storage,
    subresources: { status: {} },
    additionalPrinterColumns: columns,
    schema: { openAPIV3Schema },
  };
}
