import { inColumns } from "../core/columns.ts";
import type { JsonObject } from "../core/json.ts";
import type { Problem } from "../core/resource/types.ts";
import { describe, isPlannable, type Outcome, type PlanEntry } from "./plan-types.ts";

/** The plan as JSON: one object for each resource, in the plan's order. */
export function planAsJson(entries: readonly PlanEntry[]): JsonObject[] {
  return entries.map(({ resource, outcome, notes }) => {
    const { apiVersion, kind, metadata } = resource;
    return {
      resource: { apiVersion, kind, namespace: metadata.namespace ?? "", name: metadata.name },
      ...outcomeAsJson(outcome),
      ...(notes.length === 0 ? {} : { notes: [...notes] }),
    };
  });
}

function outcomeAsJson(outcome: Outcome): JsonObject {
  switch (outcome.kind) {
    case "request": {
      const { method, url, tenant, body } = outcome;
      return { method, url, ...(tenant === undefined ? {} : { tenant }), body };
    }
    case "untouched":
      return {
        untouched: outcome.why,
        ...(outcome.armId === undefined ? {} : { armId: outcome.armId }),
      };
    case "condition":
      return { condition: conditionAsJson(outcome.problem) };
    case "refused":
      return { refused: [...outcome.reasons] };
    default:
      return outcome satisfies never;
  }
}

function conditionAsJson({ severity, reason, message }: Problem): JsonObject {
  return { type: "Ready", status: "False", severity, reason, message };
}

/**
 * One line for each resource, aligned: what is done, to which resource, and where or why not. Notes about requests are left to the
 * other formats. Ends with a line break.
 */
export function planAsTable(entries: readonly PlanEntry[]): string {
  return inColumns([
    ["ACTION", "RESOURCE", "REQUEST OR REASON"],
    ...entries.map((entry) => [actionOf(entry.outcome), describe(entry.resource), where(entry)]),
  ]);
}

function actionOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "request":
      return outcome.method;
    case "condition":
      return outcome.problem.reason;
    case "untouched":
      return "nothing";
    case "refused":
      return "refused";
    default:
      return outcome satisfies never;
  }
}

function where({ outcome, notes }: PlanEntry): string {
  return [reasonOf(outcome), ...(outcome.kind === "request" ? [] : notes)].join(" ");
}

function reasonOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "request":
      return outcome.url;
    case "condition":
      return outcome.problem.message;
    case "untouched":
      return outcome.why;
    case "refused":
      return outcome.reasons.join("; ");
    default:
      return outcome satisfies never;
  }
}

/** A sentence that names everything that is not plannable; undefined when all is. */
export function unplannable(entries: readonly PlanEntry[]): string | undefined {
  const named = entries
    .filter((entry) => !isPlannable(entry))
    .map((entry) => `${describe(entry.resource)} (${actionOf(entry.outcome)})`);
  return named.length === 0
    ? undefined
    : `${named.length} of ${entries.length} resources cannot be planned: ${named.join(", ")}`;
}
