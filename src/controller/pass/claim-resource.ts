import { annotations, finalizer, labels } from "../../core/resource/names.ts";
import { mergeOwnerReference, ownerLabels, parseOwner } from "../../core/resource/owner.ts";
import type { CustomResource, OwnerReference } from "../../core/resource/types.ts";
import type { MetadataPatch } from "../../ports/cluster.ts";
import { priorities } from "../../ports/ledger.ts";
import { endForget } from "./end-pass.ts";
import { holderOf } from "./gather-operation.ts";
import { type Pass, type PassEnd, readOther, resourceOf, waitTarget } from "./pass.ts";
import { generationOf, writeMetadata } from "./write-resource.ts";

/** The claim (aso-semantics.md 1.4) in one write: nothing has been sent to ARM before it is persisted. */
export async function claimResource(pass: Pass): Promise<PassEnd | undefined> {
  const { goal } = pass.gathered;
  if (goal?.kind !== "goal") throw new Error("a claim needs a goal");
  const owner = await ownerObject(pass);
  const there = await writeMetadata(pass, (resource) =>
    claimPatch(pass, resource, goal.armId, owner),
  );
  if (!there) return endForget(pass);
  pass.memory = { ...pass.memory, armId: goal.armId };
  await pass.engine.ledger.wakeWaiting(waitTarget(pass.key, "claimed"), pass.engine.clock.now());
  return undefined;
}

function claimPatch(
  pass: Pass,
  resource: CustomResource,
  armId: string,
  owner: CustomResource | undefined,
): MetadataPatch {
  const reference = owner === undefined ? undefined : referenceTo(owner);
  const references = mergeOwnerReference(resource.metadata.ownerReferences ?? [], reference);
  return {
    annotations: {
      [annotations.operatorNamespace]: pass.entry.operatorNamespace,
      [annotations.resourceId]: armId,
      [annotations.latestReconciledGeneration]: String(generationOf(resource)),
      ...(pass.version === undefined
        ? {}
        : { [annotations.originalVersion]: pass.version.version }),
      // A claim that was wiped is put back whole: the annotations stay exact without the ledger.
      ...(pass.memory.goalHash === undefined
        ? {}
        : { [annotations.acceptedGoal]: pass.memory.goalHash }),
    },
    labels: {
      [labels.lastReconciledVersion]: pass.engine.settings.version,
      ...(owner === undefined
        ? {}
        : ownerLabels(parseOwner(resource.spec ?? {}, pass.version?.owner), references)),
    },
    finalizers: [...new Set([...(resource.metadata.finalizers ?? []), finalizer])],
    ...(reference === undefined ? {} : { ownerReferences: references }),
  };
}

async function ownerObject(pass: Pass): Promise<CustomResource | undefined> {
  const owner = parseOwner(resourceOf(pass).spec ?? {}, pass.version?.owner);
  if (owner.kind !== "resource") return undefined;
  return readOther(pass, owner.owner);
}

function referenceTo(owner: CustomResource): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
  };
}

/** Takes our finalizer away, and only ours. The ARM id is free for others from now on. */
export async function unclaimResource(pass: Pass): Promise<PassEnd> {
  const holder = holderOf(pass);
  const { armId } = pass.memory;
  await writeMetadata(pass, (resource) => ({
    finalizers: (resource.metadata.finalizers ?? []).filter((one) => one !== finalizer),
    annotations: { [annotations.pollerResumeId]: null, [annotations.pollerResumeToken]: null },
  }));
  if (armId !== undefined) await pass.engine.ownership.release(armId, holder);
  await pass.engine.ledger.wakeWaiting(waitTarget(pass.key, "gone"), pass.engine.clock.now());
  const others = pass.resource?.metadata.finalizers ?? [];
  if (pass.resource === undefined || others.length === 0) return endForget(pass);
  pass.memory = { ...pass.memory, state: "Deleting" };
  return {
    kind: "due",
    due: pass.engine.clock.now() + pass.engine.settings.relistMs,
    priority: priorities.sync,
  };
}
