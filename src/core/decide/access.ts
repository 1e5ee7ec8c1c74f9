import { refusedAccess } from "../access/access-policy.ts";
import { annotations } from "../resource/names.ts";
import type { CustomResource, Problem } from "../resource/types.ts";
import type { Facts } from "./facts.ts";
import { hasPoller } from "./state.ts";

/**
 * What the central policy refuses of all that is known by now; undefined when nothing. Asked again whenever a fact was gathered, so that
 * no request and no claim of an id comes before the answer.
 */
export function accessDenied(
  facts: Pick<Facts, "access" | "credential" | "goal" | "deleteId" | "token"> & {
    readonly memory: Pick<Facts["memory"], "armId">;
  },
  resource: CustomResource,
): Problem | undefined {
  if (facts.access === undefined) return undefined;
  const { apiVersion, kind, metadata } = resource;
  const { credential } = facts;
  const refused = refusedAccess(facts.access, {
    kind: `${kind}.${apiVersion.slice(0, apiVersion.indexOf("/"))}`,
    credential: credential?.kind === "credential" ? credential.credential : undefined,
    armIds: targetsOf(facts, resource),
  });
  if (refused === undefined) return undefined;
  const letGo =
    metadata.deletionTimestamp === undefined
      ? ""
      : ` Or set ${annotations.reconcilePolicy}: detach-on-delete to let go of the resource without deleting it in Azure.`;
  return {
    reason: "PolicyDenied",
    severity: "Error",
    retry: "slow",
    message: `The central policy does not allow ${refused} for ${kind} ${metadata.namespace ?? ""}/${metadata.name}. Nothing is sent to Azure. Ask those who run the function app to allow it in its setting ASO_FUNCTIONS_POLICY.${letGo}`,
  };
}

/** Every id that a request of the pass may go to. A stored operation is followed before the row knows an id. */
function targetsOf(
  { memory, goal, deleteId, token }: Parameters<typeof accessDenied>[0],
  resource: CustomResource,
): readonly string[] {
  const noted = resource.metadata.annotations?.[annotations.resourceId] ?? "";
  const ids = [
    memory.armId ?? (hasPoller(resource) ? noted : ""),
    goal?.kind === "goal" ? goal.armId : "",
    deleteId !== undefined && "armId" in deleteId ? deleteId.armId : "",
    token?.kind === "operation" ? (token.armId ?? "") : "",
  ];
  return ids.filter((id) => id !== "");
}
