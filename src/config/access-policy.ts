import * as z from "zod";
import type { AccessRule } from "../core/access/access-policy.ts";

const name = listOf(
  z.string().regex(/^[^\s?[\]{}!/]+$/, "a name, in which * stands for any characters"),
);
const guid = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const subscription = z.string().regex(new RegExp(`^(?:\\*|${guid})$`), "a GUID, or *");
const kind = z
  .string()
  .regex(
    /^(\*|[A-Za-z0-9*]+\.[a-z0-9.*]+)$/,
    "Kind.group, e.g. VirtualNetwork.network.azure.com or *.network.azure.com",
  );
const identity = z
  .string()
  .regex(new RegExp(`^(?:\\*|app|${guid})$`), "a client id, or app for the app's own identity");

const rules = z
  .array(
    z.strictObject({
      match: z.strictObject({ clusters: name, namespaces: name }),
      allow: z.strictObject({
        subscriptions: listOf(subscription),
        resourceGroups: name,
        kinds: listOf(kind),
        identities: listOf(identity),
      }),
    }),
  )
  .min(1, "at least one rule; without the setting everything is allowed");

/** An empty list would read as "nothing" to some and as "anything" to others. */
function listOf<T extends z.ZodType>(entry: T): z.ZodOptional<z.ZodArray<T>> {
  return z
    .array(entry)
    .min(1, "at least one entry; leave the list out to limit nothing")
    .optional();
}

/** The rules in the setting ASO_FUNCTIONS_POLICY, after JSON was read; or each flaw as `[path]: what it must be`. */
export function readAccessPolicy(
  json: unknown,
): { readonly rules: readonly AccessRule[] } | { readonly flaws: readonly string[] } {
  const parsed = rules.safeParse(json);
  if (parsed.success) return { rules: parsed.data };
  return {
    flaws: parsed.error.issues.map(({ path, message }) => `[${path.join(".")}]: ${message}`),
  };
}
