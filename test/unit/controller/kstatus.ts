import { conditionsOf } from "../../../src/core/resource/conditions.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";

/** What kstatus (sigs.k8s.io/cli-utils) makes of a custom resource; Flux and `kapp` wait by it. */
export type KStatus = "Terminating" | "InProgress" | "Failed" | "Current";

/** The rule of kstatus for kinds that it has no rule of their own for, in its order. */
export function kstatus({ metadata, status = {} }: CustomResource): KStatus {
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  const observed = status["observedGeneration"];
  if (observed !== undefined && observed !== metadata.generation) return "InProgress";
  const isTrue = (type: string): boolean =>
    conditionsOf(status).some((one) => one.type === type && one.status === "True");
  if (isTrue("Reconciling")) return "InProgress";
  if (isTrue("Stalled")) return "Failed";
  const ready = conditionsOf(status).find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True" ? "Current" : "InProgress";
}
