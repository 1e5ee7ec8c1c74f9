import type { OpenApiSchema } from "./openapi-schema.ts";

/** A version of a kind with its schema. */
export type NamedSchema = { readonly version: string; readonly schema: OpenApiSchema };

/**
 * Writes into a union schema, as descriptions, where its versions contradict each other: a property that has another type in another
 * version, or that another version spells in other letter case. The union takes every one of them, so what a version does not know is
 * only seen here (`kubectl explain` shows it).
 */
export function withDifferences(
  united: OpenApiSchema,
  versions: readonly NamedSchema[],
): OpenApiSchema {
  const here = typesDiffer(versions);
  const { properties, items, additionalProperties } = united;
  return {
    ...united,
    ...(here === undefined ? {} : { description: here }),
    ...(properties === undefined ? {} : { properties: members(properties, versions) }),
    ...(items === undefined
      ? {}
      : {
          items: withDifferences(
            items,
            below(versions, (schema) => schema.items),
          ),
        }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties: withDifferences(
            additionalProperties,
            below(versions, (schema) => schema.additionalProperties),
          ),
        }),
  };
}

function members(
  properties: NonNullable<OpenApiSchema["properties"]>,
  versions: readonly NamedSchema[],
): NonNullable<OpenApiSchema["properties"]> {
  const spellings = Object.groupBy(Object.keys(properties), (name) => name.toLowerCase());
  const entries = Object.entries(properties).map(([name, schema]) => {
    const holders = below(versions, ({ properties: own }) => own?.[name]);
    const described = withDifferences(schema, holders);
    const others = (spellings[name.toLowerCase()] ?? []).filter((other) => other !== name);
    if (others.length === 0) return [name, described];
    const note = `Only in ${listed(holders)}; spelled ${others.join(", ")} in the other versions.`;
    const description = [note, described.description].filter(Boolean).join(" ");
    return [name, { ...described, description }];
  });
  return Object.fromEntries(entries);
}

function below(
  versions: readonly NamedSchema[],
  child: (schema: OpenApiSchema) => OpenApiSchema | undefined,
): NamedSchema[] {
  return versions.flatMap(({ version, schema }) => {
    const found = child(schema);
    return found === undefined ? [] : [{ version, schema: found }];
  });
}

function typesDiffer(versions: readonly NamedSchema[]): string | undefined {
  const types = Map.groupBy(versions, ({ schema }) => schema.type ?? "any JSON");
  if (types.size < 2) return undefined;
  const parts = [...types].map(([type, holders]) => `${type} in ${listed(holders)}`);
  return `The versions differ: ${parts.join("; ")}.`;
}

function listed(versions: readonly NamedSchema[]): string {
  return versions.map(({ version }) => version).join(", ");
}
