import { skippedGoal } from "../../core/decide/state.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Pass } from "./pass.ts";
import { writeMetadata } from "./write-resource.ts";

/**
 * Azure took a goal and failed at it: what it has now is neither that nor the one it accepted before. Whoever goes back to the earlier
 * one gets a PUT; a comparison would call our own change drift.
 */
export async function forgetAccepted(pass: Pass): Promise<void> {
  if (pass.memory.goalHash === skippedGoal) return;
  await writeMetadata(pass, () => ({ annotations: { [annotations.acceptedGoal]: null } }));
  pass.memory = { ...pass.memory, goalHash: undefined };
}
