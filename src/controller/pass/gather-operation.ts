import { parseArmId, sameArmId } from "../../core/arm/arm-id.ts";
import { pollUrl } from "../../core/arm/lro.ts";
import { readResumeToken } from "../../core/arm/resume-token.ts";
import { accessDenied } from "../../core/decide/access.ts";
import type { DeleteIdFact, TokenFact } from "../../core/decide/facts.ts";
import { annotations } from "../../core/resource/names.ts";
import { isTrustedPoll } from "../../core/resource/token-hosts.ts";
import type { Problem } from "../../core/resource/types.ts";
import { credentialOf } from "./call-arm.ts";
import { gatherCredential } from "./gather-credential.ts";
import { gatherGoal } from "./gather-goal.ts";
import { obtainId } from "./own-id.ts";
import { type Pass, resourceOf } from "./pass.ts";
import { isOurToken } from "./store-operation.ts";
import { recordEvent } from "./write-resource.ts";

/**
 * Reads the stored operation. The annotations are tenants' to write: a token whose URL is not on the credential's ARM host is
 * refused before anything is sent (design.md section 5).
 */
export function gatherToken(pass: Pass): TokenFact {
  const found = resourceOf(pass).metadata.annotations ?? {};
  const id = found[annotations.pollerResumeId] ?? "";
  const token = found[annotations.pollerResumeToken] ?? "";
  const operation = readResumeToken(id, token);
  if ("problem" in operation) return { kind: "problem", problem: operation.problem };
  const url = new URL(pollUrl(operation));
  const { endpoint } = credentialOf(pass).cloud;
  if (!isTrustedPoll(url.href, endpoint, pass.engine.settings.armHosts ?? []))
    return { kind: "problem", problem: tokenElsewhere(url.host, new URL(endpoint).host) };
  if (!isOurToken(pass, token)) return { kind: "problem", problem: editedToken };
  const known = pass.memory.armId;
  const polled = operation.protocol === "body" ? decoded(url.pathname) : undefined;
  const isAnothers = polled !== undefined && known !== undefined && !sameArmId(polled, known);
  if (isAnothers) return { kind: "problem", problem: editedToken };
  pass.operation = operation;
  return { kind: "operation", method: operation.method, armId: polled };
}

/** The path itself where an escape is broken: no id looks like that. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/**
 * The id a DELETE may go to: from the row, from the ownership table, or computed now; never from the annotation alone. What is another's
 * is not ours to delete.
 */
export async function gatherDeleteId(pass: Pass): Promise<DeleteIdFact> {
  const noted = resourceOf(pass).metadata.annotations?.[annotations.resourceId] ?? "";
  const trusted = pass.memory.armId;
  if (noted === "" && trusted === undefined) return { kind: "nothing" };
  if (trusted !== undefined) {
    return noted === "" || sameArmId(trusted, noted)
      ? ownedId(pass, trusted)
      : { kind: "problem", problem: editedId(noted, trusted) };
  }
  const computed = await computedId(pass);
  if (computed !== undefined && sameArmId(computed, noted)) return ownedId(pass, computed);
  const problem = editedId(noted, computed);
  return computed === undefined && parseArmId(noted) !== undefined
    ? { kind: "unproven", armId: noted, problem }
    : { kind: "problem", problem };
}

async function ownedId(pass: Pass, armId: string): Promise<DeleteIdFact> {
  const id: DeleteIdFact = { kind: "id", armId };
  const { access, memory, gathered } = pass;
  // The other one of this id would be told that it is ours.
  if (accessDenied({ access, memory, ...gathered, deleteId: id }, resourceOf(pass)) !== undefined)
    return id;
  const owned = await obtainId(pass, armId);
  if (owned.kind === "held") return id;
  if (owned.kind === "fenced") return owned;
  recordEvent(pass, {
    type: "Warning",
    reason: owned.problem.reason,
    message: `${owned.problem.message} It is not deleted in Azure.`,
  });
  return { kind: "nothing" };
}

async function computedId(pass: Pass): Promise<string | undefined> {
  const credential = await gatherCredential(pass);
  if (credential.kind === "problem") return undefined;
  pass.gathered = { ...pass.gathered, credential };
  const goal = await gatherGoal(pass);
  return goal.kind === "goal" ? goal.armId : undefined;
}

function tokenElsewhere(host: string, expected: string): Problem {
  return failed(
    `The annotation ${annotations.pollerResumeToken} points to ${host}, not to ${expected}. Nothing was sent. Remove the annotations ${annotations.pollerResumeToken} and ${annotations.pollerResumeId}; the resource is then compared with Azure.`,
  );
}

const editedToken = failed(
  `The annotation ${annotations.pollerResumeToken} is not the one that was stored. Nothing was sent. Remove the annotations ${annotations.pollerResumeToken} and ${annotations.pollerResumeId}; the resource is then compared with Azure.`,
);

function editedId(noted: string, known: string | undefined): Problem {
  const expected = known === undefined ? "its id cannot be computed now" : `its id is "${known}"`;
  return failed(
    `The annotation ${annotations.resourceId} is "${noted}", but ${expected}. Nothing was deleted. Restore the annotation or the owner, or set ${annotations.reconcilePolicy}: detach-on-delete to let go of the resource.`,
  );
}

function failed(message: string): Problem {
  return { reason: "Failed", severity: "Warning", retry: "slow", message };
}
