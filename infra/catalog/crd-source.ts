import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** A node of a CRD's OpenAPI v3 schema, with the keywords that controller-gen writes. */
export type Schema = {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
  readonly additionalProperties?: Schema | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly [keyword: string]: unknown;
};

/** One served API version of a kind, storage twins left out. */
export type CrdVersion = {
  readonly name: string;
  readonly description: string;
  readonly spec: Schema;
  readonly status: Schema;
};

/** What the catalog needs of one CustomResourceDefinition. */
export type CrdKind = {
  /** Full group, e.g. `network.azure.com`. */
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly categories: readonly string[];
  readonly shortNames: readonly string[];
  readonly versions: readonly CrdVersion[];
};

const schemaNode = z.custom<Schema>((value) => typeof value === "object" && value !== null);

const definition = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({
      kind: z.string(),
      plural: z.string(),
      categories: z.array(z.string()).default([]),
      shortNames: z.array(z.string()).default([]),
    }),
    versions: z.array(
      z.object({
        name: z.string(),
        schema: z.object({
          openAPIV3Schema: z.object({
            description: z.string().default(""),
            properties: z.object({ spec: schemaNode, status: schemaNode }),
          }),
        }),
      }),
    ),
  }),
});

/**
 * Reads every `*.yaml` of a directory as one CustomResourceDefinition each, sorted by group and kind.
 * Versions that end in `storage` exist for ASO's conversion webhook only and are dropped.
 * Throws when a file is not a CRD of that form; the message names the file.
 */
export function readCrds(directory: string): CrdKind[] {
  const files = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
  if (files.length === 0) throw new Error(`no *.yaml files in ${directory}`);
  return files.map((name) => readCrd(path.join(directory, name))).sort(byGroupAndKind);
}

function readCrd(file: string): CrdKind {
  const result = definition.safeParse(parse(readFileSync(file, "utf8")));
  if (!result.success) {
    throw new Error(`${file} is not a CustomResourceDefinition: ${z.prettifyError(result.error)}`);
  }
  const { group, names, versions } = result.data.spec;
  return {
    group,
    kind: names.kind,
    plural: names.plural,
    categories: names.categories,
    shortNames: names.shortNames,
    versions: versions
      .filter((version) => !version.name.endsWith("storage"))
      .map((version) => ({
        name: version.name,
        description: version.schema.openAPIV3Schema.description,
        ...version.schema.openAPIV3Schema.properties,
      })),
  };
}

function byGroupAndKind(a: CrdKind, b: CrdKind): number {
  return compareText(a.group, b.group) || compareText(a.kind, b.kind);
}

/** Code-unit order, the same on every machine and locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
