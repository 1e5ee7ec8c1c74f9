import { sameArmId } from "../arm/arm-id.ts";
import { annotations } from "../resource/names.ts";
import type { CustomResource } from "../resource/types.ts";

/** What is known of the custom resource that holds an ARM id which another one names as well. Times are epoch ms. */
export type HolderFacts = {
  readonly now: number;
  readonly armId: string;
  readonly uid: string;
  /** ARM answered its credential, or the id was moved to it. */
  readonly isFirm: boolean;
  readonly since: number;
  /** So long a claim that is not firm is left in peace, in milliseconds: its first request is on its way. */
  readonly graceMs: number;
  /**
   * `isAtWork`: its passes let go of what `skip` does not need; what they keep under it an operator has moved there. `unregistered`: nobody
   * works on the holder's cluster any more. `reachedAt`: when a scan last did.
   */
  readonly cluster:
    | { readonly operatorNamespace: string; readonly isAtWork?: boolean | undefined }
    | { readonly unregistered: true; readonly reachedAt: number };
  /** What its cluster shows. `absent`: its server said so; `unknown` proves nothing. */
  readonly found: CustomResource | "absent" | "unknown";
};

/** A registration that an instance does not know yet must not look like one that is gone, in milliseconds. */
const unregisteredMs = 600_000;

/**
 * Why somebody who waits for an ARM id may take it: its holder is gone for good, never writes any more, or never showed that ARM
 * accepts its credential. Undefined: it keeps the id. Silence proves nothing.
 */
export function reasonToTakeOver(facts: HolderFacts): string | undefined {
  const { cluster, found, now } = facts;
  if ("unregistered" in cluster && now - cluster.reachedAt >= unregisteredMs)
    return "its cluster is not registered any more";
  if (!facts.isFirm && now - facts.since >= facts.graceMs)
    return "Azure never accepted its credential";
  if (found === "absent") return "it does not exist any more";
  if (found === "unknown" || "unregistered" in cluster) return undefined;
  if (found.metadata.uid !== facts.uid) return "another resource stands under its name";
  const reason = reasonOnResource(found, facts.armId, cluster.operatorNamespace);
  if (reason !== undefined || cluster.isAtWork === true) return reason;
  return found.metadata.annotations?.[annotations.reconcilePolicy] === "skip"
    ? "its policy is skip"
    : undefined;
}

function reasonOnResource(
  { metadata }: CustomResource,
  armId: string,
  operatorNamespace: string,
): string | undefined {
  const noted = metadata.annotations ?? {};
  const claimed = noted[annotations.resourceId] ?? "";
  if (claimed !== "" && !sameArmId(claimed, armId)) return "it stands for another id";
  const operator = noted[annotations.operatorNamespace] ?? "";
  return operator !== "" && operator !== operatorNamespace
    ? "another operator manages it"
    : undefined;
}
