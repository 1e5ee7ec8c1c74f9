import * as z from "zod";
import type { ClusterEntry } from "../ports/registry.ts";

const clusterSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
      "lower case letters, digits and dashes, at most 63",
    ),
  auth: z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("kubeconfig"),
      path: z.string(),
      context: z.string().optional(),
    }),
    z.strictObject({
      kind: z.literal("kubeconfigSetting"),
      setting: z.string(),
      context: z.string().optional(),
    }),
    z.strictObject({
      kind: z.literal("entra"),
      server: z.url(),
      caData: z.string(),
      clientId: z.string().optional(),
    }),
  ]),
  paused: z.boolean().default(false),
  scanMode: z.enum(["watch", "poll"]).default("poll"),
  operatorNamespace: z.string().min(1).optional(),
  namespaces: z.array(z.string().min(1)).min(1).optional(),
});

/**
 * The entries in the setting ASO_FUNCTIONS_CLUSTERS, after JSON was read; or each flaw as it follows the setting's name.
 *
 * @param standard what entries have that do not say so themselves
 */
export function readClusters(
  json: unknown,
  standard: {
    readonly operatorNamespace: string;
    readonly namespaces: readonly string[] | undefined;
  },
): { readonly entries: readonly ClusterEntry[] } | { readonly flaws: readonly string[] } {
  const parsed = z.array(clusterSchema).safeParse(json);
  if (!parsed.success)
    return {
      flaws: parsed.error.issues.map(({ path, message }) => `[${path.join(".")}]: ${message}`),
    };
  const names = parsed.data.map((entry) => entry.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) return { flaws: [`: two clusters are named "${twice}"`] };
  return {
    entries: parsed.data.map((entry) => ({
      ...(standard.namespaces === undefined ? {} : { namespaces: standard.namespaces }),
      ...entry,
      operatorNamespace: entry.operatorNamespace ?? standard.operatorNamespace,
    })) as ClusterEntry[],
  };
}
