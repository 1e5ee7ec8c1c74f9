import type { ArmCredential, Cloud } from "../core/resource/credential.ts";
import { parseCredentialSecret } from "../core/resource/credential-secret.ts";
import { annotations, namespaceCredential } from "../core/resource/names.ts";
import type { CustomResource, Problem } from "../core/resource/types.ts";
import { Secret } from "../core/secret.ts";
import type { PlanSettings } from "./plan-types.ts";
import { nameKey, type PlanWorld } from "./plan-world.ts";

/** The credential that a resource would be managed with, and what is assumed about it. */
export type PlannedCredential =
  | {
      readonly kind: "credential";
      readonly credential: ArmCredential;
      readonly notes: readonly string[];
    }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Whose tokens a workload identity uses is a setting of the function app and shows nowhere in a plan. */
const someAccount = { namespace: "", name: "" };

const publicCloud: Cloud = {
  endpoint: "https://management.azure.com",
  audience: "https://management.core.windows.net/",
  authorityHost: "https://login.microsoftonline.com",
};

/**
 * Resource, namespace, global, as the controller chooses (aso-semantics.md 7.1). The settings stand for the global credential, and for a
 * Secret that is named but not among the manifests: credentials are often not kept beside them.
 */
export function planCredential(
  { metadata }: CustomResource,
  world: PlanWorld,
  settings: PlanSettings,
): PlannedCredential {
  const namespace = metadata.namespace ?? "";
  const named = metadata.annotations?.[annotations.credentialFrom] ?? "";
  if (named.includes("/")) return { kind: "problem", problem: namedElsewhere(named) };
  const name = named === "" ? namespaceCredential : named;
  const secret = world.secrets.get(nameKey(namespace, name));
  if (secret === undefined) return fromSettings(settings, named === "" ? undefined : name);
  const parsed = parseCredentialSecret({
    namespace,
    name,
    data: secret.data,
    cluster: "",
    defaultCloud: settings.cloud ?? publicCloud,
    allowMultiEnv: true,
    serviceAccount: someAccount,
  });
  return parsed.kind === "problem" ? parsed : { ...parsed, notes: [] };
}

function fromSettings(
  { subscription, tenant, cloud }: PlanSettings,
  absent: string | undefined,
): PlannedCredential {
  const note = `The credential Secret ${absent} is not among the manifests; the subscription of the command line is assumed.`;
  return {
    kind: "credential",
    credential: {
      source: "global",
      principal: "",
      subscriptionId: subscription,
      tenantId: tenant ?? "",
      clientId: "",
      additionalTenants: [],
      cloud: cloud ?? publicCloud,
      proof: { kind: "clientSecret", secret: new Secret("") },
    },
    notes: absent === undefined ? [] : [note],
  };
}

function namedElsewhere(value: string): Problem {
  return {
    reason: "Failed",
    severity: "Warning",
    retry: "slow",
    message: `The annotation ${annotations.credentialFrom} is "${value}": it cannot contain '/'. Name a Secret of the resource's own namespace.`,
  };
}
