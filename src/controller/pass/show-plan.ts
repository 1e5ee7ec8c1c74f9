import { changes } from "../../core/diff/compare.ts";
import { type AdoptionPlan, planJson, planText } from "../../core/diff/show-changes.ts";
import { unstated } from "../../core/diff/unstated.ts";
import { adoptionPlanned } from "../../core/resource/conditions.ts";
import { annotations } from "../../core/resource/names.ts";
import { kindExtension } from "../../kinds/table.ts";
import { endForget, endRest } from "./end-pass.ts";
import { type Pass, type PassEnd, waitTarget } from "./pass.ts";
import { acknowledgement } from "./report-drift.ts";
import { recordEvent, shownText, writeMetadata, writeProblem } from "./write-resource.ts";

/**
 * Azure has the resource and its adoption is only planned: what the first PUT would change goes into the condition, an event and, as
 * JSON, into an annotation. Neither finalizer nor resource-id is written: whoever deletes the resource deletes nothing in Azure.
 */
export async function showPlan(pass: Pass): Promise<PassEnd> {
  const plan = planOf(pass);
  const noted = shownText(pass, planJson(plan));
  const there = await writeMetadata(pass, (resource) => ({
    annotations: {
      ...acknowledgement(resource).annotations,
      [annotations.operatorNamespace]: pass.entry.operatorNamespace,
      [annotations.adoptionPlan]: noted,
    },
  }));
  if (!there) return endForget(pass);
  const message = `The resource exists in Azure and is not managed yet. ${planText(plan)} ${wayOut}`;
  const changed = await writeProblem(pass, {
    reason: adoptionPlanned,
    severity: "Warning",
    retry: "verySlow",
    message,
  });
  const { ledger, clock } = pass.engine;
  if (changed) {
    recordEvent(pass, { type: "Normal", reason: adoptionPlanned, message });
    // Children that are planned as well have their parent's id now, and who refers to the resource has its id.
    for (const moment of ["claimed", "ready"] as const)
      await ledger.wakeWaiting(waitTarget(pass.key, moment), clock.now());
  }
  pass.memory = {
    ...pass.memory,
    verifiedAt: clock.now(),
    attempts: 0,
    state: adoptionPlanned,
  };
  return endRest(pass);
}

function planOf(pass: Pass): AdoptionPlan {
  const { prepared, liveBody, version, key } = pass;
  if (prepared === undefined || liveBody === undefined || version === undefined)
    throw new Error("a plan needs a goal and what Azure shows");
  const { armId, body } = prepared.goal;
  // Of such a kind nothing but its existence shows.
  if (version.headOnly) return { armId, changes: [], unstated: [] };
  const kept = Object.values(kindExtension(key.group, key.kind).showsChildren ?? {}).map(
    (path) => `/${path.join("/")}`,
  );
  return {
    armId,
    changes: changes(prepared.goal, liveBody),
    unstated: unstated(version, body, liveBody).filter((path) => !kept.includes(path)),
  };
}

const wayOut = `Nothing was written. Set the annotation ${annotations.adopt} to "adopt", or remove it, to go on.`;
