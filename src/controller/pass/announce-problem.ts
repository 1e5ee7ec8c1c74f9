import type { Decision } from "../../core/decide/decision.ts";
import type { KubeEvent } from "../../ports/cluster.ts";
import type { Pass } from "./pass.ts";
import { recordEvent } from "./write-resource.ts";

/** What ASO says before it looks for the resource to delete. */
export const beginDelete: KubeEvent = {
  type: "Normal",
  reason: "BeginDelete",
  message: "Starting delete of resource",
};

/**
 * The events of a problem that a resource shows from now on, as ASO writes them (aso-semantics.md 1.11): none before the claim, for a
 * credential, and for a resource that is only watched.
 */
export function announceProblem(
  pass: Pass,
  { problem, event }: Extract<Decision, { do: "problem" }>,
  claimed: boolean,
): void {
  const { credential, policy } = pass.gathered;
  const deleting = pass.resource?.metadata.deletionTimestamp !== undefined;
  const { message } = problem;
  if (event !== undefined) recordEvent(pass, { ...event, message });
  if (!claimed || credential?.kind === "problem") return;
  if (!deleting && policy?.mayModify === false) return;
  if (deleting && problem.reason === "SubscriptionMismatch") recordEvent(pass, beginDelete);
  const reason = deleting ? "DeleteActionError" : "CreateOrUpdateActionError";
  recordEvent(pass, { type: "Warning", reason, message });
}
