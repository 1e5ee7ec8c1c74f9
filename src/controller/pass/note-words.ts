import { adoptedMark, isAccepted } from "../../core/decide/decide-adoption.ts";
import { annotations } from "../../core/resource/names.ts";
import { type Pass, resourceOf } from "./pass.ts";
import { recordEvent, writeMetadata } from "./write-resource.ts";

/** Our annotations with a fixed set of words; the first is what any other text counts as, because it writes nothing to Azure. */
const words = [
  { annotation: annotations.adopt, reason: "InvalidAdopt", known: ["plan", "adopt"] },
  { annotation: annotations.drift, reason: "InvalidDrift", known: ["detect", "correct"] },
] as const;

/** Tells of a word without a meaning, once per change of the resource. */
export function announceWords(pass: Pass): void {
  if (!pass.claimedByEdit) return;
  const noted = resourceOf(pass).metadata.annotations ?? {};
  for (const { annotation, reason, known } of words) {
    const word = noted[annotation] ?? "";
    if (word === "" || (known as readonly string[]).includes(word)) continue;
    recordEvent(pass, {
      type: "Warning",
      reason,
      message: `"${word}" is no value of the annotation ${annotation}; "${known[0]}" applies, which writes nothing to Azure. Use ${known.join(" or ")}.`,
    });
  }
}

/**
 * Marks a resource that is managed already when it states `plan`: that then makes no difference to it, even if the ledger is lost.
 * Once per change of the resource.
 */
export async function noteAdopted(pass: Pass): Promise<void> {
  if (!pass.claimedByEdit) return;
  if (!isAccepted(pass.memory.goalHash) && pass.memory.pendingGoal === undefined) return;
  await writeMetadata(pass, (resource) => ({ annotations: adoptedMark(resource) }));
}
