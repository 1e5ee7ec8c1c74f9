import { annotations, finalizer, labels } from "../../core/resource/names.ts";
import { ownerLabels, parseOwner } from "../../core/resource/owner.ts";
import type { CustomResource, OwnerReference } from "../../core/resource/types.ts";
import type { MetadataPatch } from "../../ports/cluster.ts";
import { priorities } from "../../ports/ledger.ts";
import { beginDelete } from "./announce-problem.ts";
import { endForget } from "./end-pass.ts";
import { letGo } from "./own-id.ts";
import { ownerReference, withOwner } from "./owner-reference.ts";
import { type Pass, type PassEnd, resourceOf, waitTarget } from "./pass.ts";
import { recordEvent, writeMetadata } from "./write-resource.ts";

/** The claim (aso-semantics.md 1.4) in one write: nothing has been sent to ARM before it is persisted. */
export async function claimResource(pass: Pass): Promise<PassEnd | undefined> {
  const { goal } = pass.gathered;
  if (goal?.kind !== "goal") throw new Error("a claim needs a goal");
  const owner = await ownerReference(pass);
  const there = await writeMetadata(pass, (resource) =>
    claimPatch(pass, resource, goal.armId, owner),
  );
  if (!there) return endForget(pass);
  await pass.engine.ledger.wakeWaiting(waitTarget(pass.key, "claimed"), pass.engine.clock.now());
  return undefined;
}

function claimPatch(
  pass: Pass,
  resource: CustomResource,
  armId: string,
  owner: OwnerReference | undefined,
): MetadataPatch {
  const references = owner === undefined ? undefined : withOwner(resource, owner);
  return {
    annotations: {
      [annotations.operatorNamespace]: pass.entry.operatorNamespace,
      [annotations.resourceId]: armId,
      ...(pass.version === undefined
        ? {}
        : { [annotations.originalVersion]: pass.version.version }),
      ...(pass.prepared?.nameFromConfig === undefined
        ? {}
        : { [annotations.azureNameFromConfig]: pass.prepared.nameFromConfig }),
      // A claim that was wiped is put back whole: the annotations stay exact without the ledger.
      ...(pass.memory.goalHash === undefined
        ? {}
        : { [annotations.acceptedGoal]: pass.memory.goalHash }),
    },
    labels: {
      [labels.lastReconciledVersion]: pass.engine.settings.version,
      ...(references === undefined
        ? {}
        : ownerLabels(parseOwner(resource.spec ?? {}, pass.version?.owner), references)),
    },
    finalizers: [...new Set([...(resource.metadata.finalizers ?? []), finalizer])],
    ...(references === undefined ? {} : { ownerReferences: references }),
  };
}

/** Takes our finalizer away, and only ours. The ARM id is free for others from now on. */
export async function unclaimResource(pass: Pass): Promise<PassEnd> {
  const { uid } = resourceOf(pass).metadata;
  const isDeletable = pass.version?.noDelete === false;
  if (isDeletable && pass.gathered.live?.kind === "notFound") recordEvent(pass, beginDelete);
  await writeMetadata(pass, (resource) => ({
    finalizers: (resource.metadata.finalizers ?? []).filter((one) => one !== finalizer),
    annotations: { [annotations.pollerResumeId]: null, [annotations.pollerResumeToken]: null },
  }));
  await letGo(pass, uid);
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
