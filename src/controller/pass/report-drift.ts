import { differences, driftedPaths } from "../../core/diff/compare.ts";
import {
  conditionsOf,
  drifted,
  driftFound,
  type NewCondition,
  setCondition,
} from "../../core/resource/conditions.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Condition, CustomResource } from "../../core/resource/types.ts";
import { endForget, endRest } from "./end-pass.ts";
import { type Pass, type PassEnd, resourceOf } from "./pass.ts";
import { generationOf, recordEvent, writeCondition, writeMetadata } from "./write-resource.ts";

/** Paths that an event or a condition names; more are only counted. */
const mostPaths = 10;

/** Where Azure differs, as ", "-separated JSON pointers: from what it showed after the last PUT, else from the goal. May be empty. */
export async function driftText(pass: Pass): Promise<string> {
  const { prepared, liveBody } = pass;
  if (prepared === undefined || liveBody === undefined) return "";
  const before = await pass.engine.projections.get(pass.key);
  const paths =
    before === undefined
      ? differences(prepared.goal, liveBody)
      : driftedPaths(before, prepared.goal, liveBody);
  const more = paths.length > mostPaths ? ` and ${paths.length - mostPaths} more` : "";
  return paths.slice(0, mostPaths).join(", ") + more;
}

/** The condition of a resource that drifted and is not put back; an event tells it once. */
export async function driftCondition(pass: Pass): Promise<NewCondition> {
  const where = await driftText(pass);
  const paths = where === "" ? "" : `: ${where}`;
  return announced(pass, `The resource was changed in Azure${paths}. ${notCorrected}`);
}

/** Ready stays as it is: it says what was reached. */
export async function reportMissing(pass: Pass): Promise<PassEnd> {
  const condition = announced(
    pass,
    `The resource does not exist in Azure any more. ${notCorrected}`,
  );
  await writeCondition(pass, () => condition);
  if (!(await writeMetadata(pass, acknowledgement))) return endForget(pass);
  pass.memory = { ...pass.memory, verifiedAt: pass.engine.clock.now(), attempts: 0 };
  return endRest(pass);
}

/** The conditions with the drift that was found, or without any. */
export function withDrift(
  pass: Pass,
  conditions: readonly Condition[],
  drift: NewCondition | undefined,
): readonly Condition[] {
  return drift === undefined
    ? conditions.filter(({ type }) => type !== drifted)
    : setCondition(conditions, drift, pass.engine.clock.now()).conditions;
}

/** Says on the resource that the comparison it asked for was made. */
export function acknowledgement(resource: CustomResource): {
  readonly annotations: Readonly<Record<string, string>>;
} {
  const asked = resource.metadata.annotations?.[annotations.reconcileAt] ?? "";
  return { annotations: asked === "" ? {} : { [annotations.reconciledAt]: asked } };
}

function announced(pass: Pass, message: string): NewCondition {
  const resource = resourceOf(pass);
  const before = conditionsOf(resource.status).find(({ type }) => type === drifted);
  if (before?.message !== message)
    recordEvent(pass, { type: "Warning", reason: "DriftDetected", message });
  return driftFound(message, generationOf(resource));
}

const notCorrected = `It is not put back while the annotation ${annotations.drift} is "detect".`;
