import { isReadyAtGeneration } from "../core/decide/state.ts";
import { canonicalJson, sha256Hex } from "../core/hash.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { defaultAzureName, uuidNameKinds } from "../core/resource/azure-name.ts";
import { annotations, labels } from "../core/resource/names.ts";
import type { CustomResource } from "../core/resource/types.ts";
import { heldAnnotations, ownPolicy } from "./hold.ts";
import type { Found, Place } from "./transfer-types.ts";

/** What the source's operator or the transfer wrote and the target's writes anew (aso-features.md 2.2, 17.3). */
const notCopied: ReadonlySet<string> = new Set([
  annotations.operatorNamespace,
  annotations.reconcilePolicy,
  annotations.latestReconciledGeneration,
  annotations.acceptedGoal,
  annotations.transfer,
  // Only what is managed moves. The mark of that holds the source's uid, and beside a stated plan nobody would manage the copy.
  annotations.adopt,
  annotations.adopted,
  annotations.adoptionPlan,
]);

/** Tokens of operations, those of single kinds too. */
const token = /^serviceoperator\.azure\.com\/(.*-)?poller-resume-/;

const operatorLabels: ReadonlySet<string> = new Set(Object.values(labels));

/**
 * The held copy of a source, to be created or to replace an earlier copy. It has the source's `resource-id`: who computes another one
 * at the target sends nothing. `accepted-goal` is left out: it names Secrets by uid, and the target has others.
 */
export function targetObject({ resource, version }: Found, from: Place, to: Place): JsonObject {
  const { metadata, apiVersion, kind } = resource;
  const { name, uid, annotations: noted = {} } = metadata;
  const kept = without(noted, notCopied);
  const spec = { ...resource.spec, ...keptName(resource, version, to.namespace) };
  const shared = { spec, labels: without(metadata.labels ?? {}, operatorLabels) };
  const content = sha256Hex(canonicalJson({ ...shared, annotations: kept })).slice(0, 16);
  const marker = {
    policy: policyAt(resource, from, to),
    from: { cluster: from.cluster, namespace: from.namespace, uid, content },
  };
  const sent = noted[annotations.latestReconciledGeneration] !== undefined;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: to.namespace,
      labels: shared.labels,
      annotations: {
        ...kept,
        ...heldAnnotations(marker),
        ...(sent ? { [annotations.latestReconciledGeneration]: "1" } : {}),
      },
    },
    spec,
  };
}

/**
 * The status of a copy: the source's, about the copy's own generation. Together with `latest-reconciled-generation` it says that this
 * generation is in Azure, and then one GET takes the place of a PUT (design.md section 3, "Without a row").
 */
export function targetStatus({ status = {} }: CustomResource, generation: number): JsonObject {
  const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return {
    ...status,
    conditions: conditions
      .filter(isJsonObject)
      .map((condition) => ({ ...condition, observedGeneration: generation })),
  };
}

/** Whether a copy says all that its next operator has to know. */
export function isComplete(target: CustomResource): boolean {
  const { annotations: noted = {}, generation = 0 } = target.metadata;
  const reconciled = noted[annotations.latestReconciledGeneration] ?? String(generation);
  return isReadyAtGeneration(target) && reconciled === String(generation);
}

/** The own policy at the target. The Namespace's at the source goes along where that of the target says something else. */
function policyAt(resource: CustomResource, from: Place, to: Place): string {
  const own = ownPolicy(resource);
  if (own !== "") return own;
  return from.policy === to.policy ? "" : from.policy;
}

/** A name in Azure that was derived from the namespace or the uid stays as it is by being written down (aso-features.md 17.3). */
function keptName(
  resource: CustomResource,
  version: Found["version"],
  namespace: string,
): { readonly azureName?: string } {
  if (version === undefined || !(`${version.group}/${version.kind}` in uuidNameKinds)) return {};
  const name = resource.metadata.annotations?.[annotations.resourceId]?.split("/").at(-1) ?? "";
  const metadata = { ...resource.metadata, namespace, uid: "" };
  const derived = defaultAzureName({ resource: { ...resource, metadata }, version });
  return name === "" || derived === name ? {} : { azureName: name };
}

function without(
  entries: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).filter(([name]) => !names.has(name) && !token.test(name)),
  );
}
