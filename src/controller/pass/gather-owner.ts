import type { OwnerFact } from "../../core/decide/facts.ts";
import { waitingForOwner } from "../../core/goal/input-problems.ts";
import { readyCondition } from "../../core/resource/conditions.ts";
import { parseOwner } from "../../core/resource/owner.ts";
import { noteWait, type Pass, readOther, resourceOf } from "./pass.ts";

/** The owner must exist and be Ready before a resource is claimed (aso-semantics.md 1.4). */
export async function gatherOwner(pass: Pass): Promise<OwnerFact> {
  const resource = resourceOf(pass);
  const ref = parseOwner(resource.spec ?? {}, pass.version?.owner);
  if (ref.kind === "problem") return ref;
  if (ref.kind !== "resource") return { kind: "free" };
  const { owner } = ref;
  const found = await readOther(pass, owner);
  if (found !== undefined && readyCondition(found.status)?.status === "True")
    return { kind: "ready" };
  noteWait(pass, owner, "ready");
  return { kind: "waiting", on: owner, problem: waitingForOwner(owner) };
}
