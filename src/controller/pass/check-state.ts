import { armUrl, parentIdOf } from "../../core/arm/arm-id.ts";
import type { Problem } from "../../core/resource/types.ts";
import type { StateCheck } from "../../kinds/kind-extension.ts";
import { kindExtension } from "../../kinds/table.ts";
import { endProblem } from "./end-pass.ts";
import { readOne } from "./modify-body.ts";
import type { Pass, PassEnd } from "./pass.ts";

/**
 * Looks at the states that keep a PUT of this kind back, read afresh: the owner's, then the resource's own (aso-semantics.md 1.6).
 * Undefined: the PUT may be sent. What does not exist yet keeps nothing back; an owner that does not exist does.
 */
export async function checkBeforePut(pass: Pass): Promise<PassEnd | undefined> {
  const { blocksPut } = kindExtension(pass.key.group, pass.key.kind);
  const armId = pass.prepared?.goal.armId;
  if (blocksPut === undefined || armId === undefined) return undefined;
  const ownerId = parentIdOf(armId);
  const kept =
    blocksPut.owner === undefined || ownerId === undefined
      ? undefined
      : await look(pass, ownerId, blocksPut.owner, ownerAbsent(ownerId));
  if (kept !== undefined || blocksPut.self === undefined) return kept;
  return look(pass, armId, blocksPut.self, undefined);
}

async function look(
  pass: Pass,
  armId: string,
  check: StateCheck,
  absent: Problem | undefined,
): Promise<PassEnd | undefined> {
  const apiVersion = pass.prepared?.goal.apiVersion ?? "";
  const answer = await readOne(pass, { id: armId, url: armUrl(armId, apiVersion) });
  if (answer === "notFound")
    return absent === undefined ? undefined : endProblem(pass, { do: "problem", problem: absent });
  if ("end" in answer) return answer.end;
  const reason = check(answer.body);
  return reason === undefined
    ? undefined
    : endProblem(pass, { do: "problem", problem: kept("ReconciliationBlocked", reason) });
}

/** Why a resource that ARM shows is not to be called ready yet (aso-semantics.md 1.9). */
export function checkBeforeReady(pass: Pass): Problem | undefined {
  const { blocksReady } = kindExtension(pass.key.group, pass.key.kind);
  const reason = pass.liveBody === undefined ? undefined : blocksReady?.(pass.liveBody);
  return reason === undefined ? undefined : kept("PostReconciliationFailure", reason);
}

function ownerAbsent(armId: string): Problem {
  return kept(
    "Failed",
    `The owner ${armId} does not exist in Azure. Nothing was sent; create it, or correct spec.owner.`,
  );
}

function kept(reason: string, message: string): Problem {
  return { reason, severity: "Warning", retry: "slow", message };
}
