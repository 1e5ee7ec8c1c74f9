import { readFileSync } from "node:fs";
import { z } from "zod";

const conversion = z.object({
  paths: z.array(
    z.object({ group: z.string(), kind: z.string(), cr: z.string(), arm: z.string() }),
  ),
  explicitCollections: z.record(z.string(), z.literal("null")),
  explicitEmptyCollections: z.array(
    z.object({ group: z.string(), kind: z.string(), paths: z.array(z.string()) }),
  ),
  nonArmKinds: z.array(z.string()),
  configMapExports: z.record(z.string(), z.record(z.string(), z.string())),
  operations: z.object({
    kinds: z.record(
      z.string(),
      z.record(z.string(), z.object({ unsupported: z.array(z.enum(["Get", "Delete"])) })),
    ),
  }),
});

/** Facts that neither the CRDs nor the ARM types hold; groups by their short name, e.g. `network`. */
export type Overrides = z.infer<typeof conversion>;

/** Reads section A of the overrides file. Throws with the path of the first malformed entry. */
export function readOverrides(file: string): Overrides {
  const parsed = z
    .object({ A_conversion: conversion })
    .safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.A_conversion;
}
