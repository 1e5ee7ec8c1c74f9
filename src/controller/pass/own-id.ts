import { sameArmId } from "../../core/arm/arm-id.ts";
import type { OwnershipFact } from "../../core/decide/facts.ts";
import { priorities } from "../../ports/ledger.ts";
import type { Holder, Owned, Term } from "../../ports/ownership.ts";
import { makeDueNow } from "../due-now.ts";
import type { CallOutcome } from "./call-arm.ts";
import { heldByOther, takeOver, tellHolder } from "./other-holder.ts";
import { forgetFacts, type Pass, type PassEnd, resourceOf } from "./pass.ts";

/** Somebody else may give away or take the id between two looks; so often it is looked at again. */
const mostLooks = 5;

/** Who holds the id that the goal names. */
export async function gatherOwnership(pass: Pass): Promise<OwnershipFact> {
  const { goal } = pass.gathered;
  if (goal?.kind !== "goal") throw new Error("ownership needs a goal");
  return obtainId(pass, goal.armId);
}

/**
 * Takes the id, or tells who has it. What the row holds is believed without a look, for a write asks for a permission anyway; only a
 * pass that something started looks, so that a resource whose id was moved says so.
 */
export async function obtainId(pass: Pass, armId: string): Promise<OwnershipFact> {
  const { ownership } = pass.engine;
  if (await stillHolds(pass, armId)) return { kind: "held" };
  for (let look = 0; look < mostLooks; look++) {
    const claimed = await ownership.claim(armId, holderOf(pass), termOf(pass));
    if (claimed.kind === "free") {
      pass.permit = { ...claimed.permit, isOpen: false };
      return holds(pass, armId, claimed.permit.epoch, false);
    }
    const { owned } = claimed;
    if (claimed.kind === "held") {
      if (owned.fencedUntil > pass.engine.clock.now())
        return { kind: "fenced", until: owned.fencedUntil };
      return holds(pass, armId, owned.epoch, owned.isFirm);
    }
    const { found, moved } = await takeOver(pass, owned);
    if (moved) continue;
    const problem = heldByOther(owned);
    // Whenever it gets the id, Azure is asked first: what is as wanted is not written.
    pass.memory = { ...pass.memory, uncertain: true };
    await tellHolder(pass, owned, found, problem);
    return { kind: "other", problem };
  }
  throw new Error(`the ownership of ${armId} never came to rest`);
}

/** What changed hands may have been written meanwhile: Azure is asked before anything is sent. */
function holds(pass: Pass, armId: string, heldEpoch: number, heldFirmly: boolean): OwnershipFact {
  const { memory } = pass;
  const uncertain = memory.uncertain === true || heldEpoch > 1 ? true : undefined;
  pass.memory = { ...memory, armId, heldEpoch, heldFirmly, uncertain };
  return { kind: "held" };
}

async function stillHolds(pass: Pass, armId: string): Promise<boolean> {
  const { heldEpoch, armId: known } = pass.memory;
  if (heldEpoch === undefined || known === undefined || !sameArmId(known, armId)) return false;
  if (!pass.claimedByEdit) return true;
  const owned = await pass.engine.ownership.get(armId);
  if (owned !== undefined && isHolder(pass, owned)) return true;
  lose(pass);
  return false;
}

function isHolder(pass: Pass, { epoch, holder }: Owned): boolean {
  const { cluster, uid } = holderOf(pass);
  return epoch === pass.memory.heldEpoch && holder.cluster === cluster && holder.uid === uid;
}

function lose(pass: Pass): void {
  pass.memory = { ...pass.memory, heldEpoch: undefined, heldFirmly: undefined, uncertain: true };
  pass.permit = undefined;
  forgetFacts(pass, ["ownership", "deleteId", "live", "listed"]);
}

/** No write of a pass outlasts its deadline: every permission that a pass gets outlasts the pass. */
function termOf({ engine }: Pass): Term {
  return { now: engine.clock.now(), writeMs: engine.settings.deadlineMs };
}

function holderOf(pass: Pass): Holder {
  return { ...pass.key, uid: resourceOf(pass).metadata.uid };
}

/**
 * Asks for the permission to write to the id, once per write (src/ports/ownership.ts). `lost`: the id has changed hands, nothing may be
 * sent, and the pass decides anew. Otherwise the end of a pass that has to wait.
 */
export async function permitWrite(
  pass: Pass,
  armId: string,
): Promise<"permitted" | "lost" | PassEnd> {
  if (pass.permit !== undefined) return "permitted";
  const epoch = pass.memory.heldEpoch ?? 0;
  const { ownership } = pass.engine;
  const answer = await ownership.permit(armId, holderOf(pass), epoch, termOf(pass));
  if (answer.kind === "fenced")
    return { kind: "due", due: answer.until, priority: priorities.woken };
  if (answer.kind === "permitted") {
    pass.permit = { ...answer.permit, isOpen: false };
    return "permitted";
  }
  pass.log.warn("an ARM id has changed hands; nothing is sent", { armId });
  lose(pass);
  return "lost";
}

/** Notes what a write came to. One that may be under way keeps its permission beyond the pass; success makes the claim firm. */
export function noteWritten(pass: Pass, answer: CallOutcome): void {
  const isOpen =
    (answer.kind === "unanswered" && answer.sent) ||
    (answer.kind === "response" && answer.status >= 500);
  if (isOpen && pass.permit !== undefined) pass.permit = { ...pass.permit, isOpen };
  if (answer.kind === "response" && answer.status < 300) pass.isLetIn = true;
}

/**
 * Gives the permission back at the end of a pass, and makes the claim firm if ARM let the credential in. That it cannot be done stops
 * nothing: permissions expire, and the next pass that ARM answers makes the claim firm.
 */
export async function settleOwnership(pass: Pass): Promise<void> {
  const { armId, heldEpoch: epoch, heldFirmly, uid = "" } = pass.memory;
  if (armId === undefined || epoch === undefined) return;
  const becomesFirm = pass.isLetIn && heldFirmly !== true;
  const permit = pass.permit?.isOpen === false ? pass.permit : undefined;
  if (permit === undefined && !becomesFirm) return;
  const holder = { ...pass.key, uid };
  try {
    await pass.engine.ownership.settle(armId, holder, permit ?? { epoch }, becomesFirm);
    if (becomesFirm) pass.memory = { ...pass.memory, heldFirmly: true };
  } catch (error) {
    pass.log.warn("a permission to write could not be given back", { error: String(error) });
  }
}

/** Gives the id up. Whoever waits for it, in whatever cluster, is due at once. */
export async function letGo(pass: Pass, uid: string): Promise<undefined> {
  const { armId, heldEpoch } = pass.memory;
  if (armId === undefined || heldEpoch === undefined) return;
  const { ownership, clock } = pass.engine;
  const holder = { ...pass.key, uid };
  if (pass.permit?.isOpen === false) await ownership.settle(armId, holder, pass.permit, false);
  const waiting = await ownership.release(armId, holder, clock.now());
  lose(pass);
  pass.memory = { ...pass.memory, uncertain: undefined };
  await makeDueNow(pass.engine, waiting);
}
