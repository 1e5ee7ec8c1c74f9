import type { Need } from "../../core/decide/decision.ts";
import type { Facts } from "../../core/decide/facts.ts";
import { hasPoller } from "../../core/decide/state.ts";
import { convertVersion } from "../../core/diff/goal.ts";
import { annotations } from "../../core/resource/names.ts";
import { effectivePolicy } from "../../core/resource/policy.ts";
import type { Problem } from "../../core/resource/types.ts";
import { gatherAdmission } from "./gather-admission.ts";
import { gatherCredential, noteIdentity } from "./gather-credential.ts";
import { gatherGoal } from "./gather-goal.ts";
import { gatherListed } from "./gather-listed.ts";
import { gatherLive } from "./gather-live.ts";
import { gatherDeleteId, gatherToken } from "./gather-operation.ts";
import { gatherOwner } from "./gather-owner.ts";
import { announceWords, noteAdopted } from "./note-words.ts";
import { gatherOwnership } from "./own-id.ts";
import { type Gathered, namespaceAnnotations, type Pass, resourceOf } from "./pass.ts";
import { announceSyncPeriod, verifyAt } from "./verify-at.ts";
import { recordEvent } from "./write-resource.ts";

/** Everything a decision rests on, as far as it is known now. */
export function factsOf(pass: Pass): Facts {
  const { memory, resource, version } = pass;
  const lostOperation =
    memory.pendingGoal !== undefined && resource !== undefined && !hasPoller(resource);
  const otherEpoch =
    memory.inFlight !== undefined && memory.inFlight.epoch !== pass.lease.claim.epoch;
  return {
    now: pass.engine.clock.now(),
    operatorNamespace: pass.entry.operatorNamespace,
    resource,
    kind: version === undefined || version.nonArm ? { problem: unmanagedKind(pass) } : version,
    memory: {
      ...memory,
      isHeld: memory.heldEpoch !== undefined,
      acceptedGoal: memory.goalHash,
      openGoal: memory.inFlight?.goalHash ?? memory.pendingGoal,
      isOperationOver:
        memory.pollAt === undefined &&
        memory.pendingGoal !== undefined &&
        memory.pendingGoal === memory.goalHash,
      uncertain: otherEpoch || memory.uncertain === true || lostOperation,
    },
    progress: pass.progress,
    verifyAt: verifyAt(pass),
    convertVersion,
    access: pass.access,
    ...pass.gathered,
  };
}

/** Gathers one fact. */
export async function gatherFact(pass: Pass, need: Need): Promise<void> {
  const fact = await gatherers[need](pass);
  pass.gathered = { ...pass.gathered, [need]: fact };
}

const gatherers: { readonly [N in Need]: (pass: Pass) => Promise<Gathered[N]> | Gathered[N] } = {
  policy: gatherPolicy,
  owner: gatherOwner,
  credential: gatherAnnouncedCredential,
  goal: gatherGoal,
  ownership: gatherOwnership,
  deleteId: gatherDeleteId,
  admission: gatherAdmission,
  token: gatherToken,
  live: gatherLive,
  listed: gatherListed,
};

async function gatherPolicy(pass: Pass): Promise<Gathered["policy"]> {
  // The one write comes first: it may show another policy.
  await noteAdopted(pass);
  // Gone meanwhile: the next decision forgets it.
  if (pass.resource === undefined) return { mayModify: false, mayDelete: false };
  const resource = resourceOf(pass);
  const own = resource.metadata.annotations?.[annotations.reconcilePolicy];
  const inherited = (await namespaceAnnotations(pass))[annotations.reconcilePolicy];
  const policy = effectivePolicy(own, inherited, pass.engine.settings.defaultPolicy);
  announceSyncPeriod(pass);
  announceWords(pass);
  if (policy.invalid !== undefined && pass.claimedByEdit) {
    recordEvent(pass, {
      type: "Warning",
      reason: "InvalidReconcilePolicy",
      message: `"${policy.invalid}" is no reconcile policy; "${policy.policy}" applies. Use manage, skip or detach-on-delete.`,
    });
  }
  return policy;
}

/** ASO announces the credential whenever a pass uses one; here only when it is another than before. */
async function gatherAnnouncedCredential(pass: Pass): Promise<Gathered["credential"]> {
  const fact = await gatherCredential(pass);
  if (fact.kind === "credential" && fact.credential.principal !== pass.memory.principal) {
    recordEvent(pass, {
      type: "Normal",
      reason: "CredentialFrom",
      message: `Using credential from "${fact.credential.source}"`,
    });
    await noteIdentity(pass, fact.credential);
    pass.memory = { ...pass.memory, principal: fact.credential.principal };
  }
  return fact;
}

function unmanagedKind(pass: Pass): Problem {
  return { reason: "Failed", severity: "Error", retry: "slow", message: whyUnmanaged(pass) };
}

function whyUnmanaged({ key, group }: Pass): string {
  const name = `${key.kind}.${key.group}`;
  const known = group?.kinds[key.kind];
  if (known === undefined)
    return `${name} is not a kind that this controller knows. Install a release that does, or remove the resource.`;
  if (known.nonArm === 1)
    return `${name} is no resource of Azure Resource Manager, and this controller does not manage it. Leave it to Azure Service Operator in its cluster, or remove it.`;
  return `${name} was written with a version that this controller does not know. Use one of ${Object.keys(known.versions).join(", ")}.`;
}
