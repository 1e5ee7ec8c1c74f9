import { isJsonObject, type JsonObject } from "../json.ts";
import type { Condition, Problem, Severity } from "./types.ts";

/** A condition before it is set: setting it gives it its time. */
export type NewCondition = Omit<Condition, "lastTransitionTime">;

/** The conditions after one was offered. */
export type ConditionChange = {
  readonly conditions: readonly Condition[];
  /** False: the stored condition won. */
  readonly changed: boolean;
};

/** The type of the one condition that ASO keeps. */
const ready = "Ready";

/** The conditions of a status. A Ready that is not well-formed counts as absent; other types are others' and stay as they are. */
export function conditionsOf(status: JsonObject | undefined): readonly Condition[] {
  const stored = status?.["conditions"];
  return Array.isArray(stored) ? stored.flatMap(readCondition) : [];
}

/** The condition of a resource that is only watched for drift: Azure differs from what was accepted last. */
export const drifted = "Drifted";

/** Reason of a resource that exists in Azure and waits for the user's consent to its adoption. */
export const adoptionPlanned = "AdoptionPlanned";

/** Drifted=True; `message` says where. */
export function driftFound(message: string, generation: number): NewCondition {
  const base = { type: drifted, status: "True", severity: "Warning" } as const;
  return { ...base, reason: "DriftDetected", message, observedGeneration: generation };
}

/** The stored Ready condition. */
export function readyCondition(status: JsonObject | undefined): Condition | undefined {
  return conditionsOf(status).find((condition) => condition.type === ready);
}

function readCondition(value: unknown): readonly Condition[] {
  if (!isJsonObject(value)) return [];
  const { type, status, severity, lastTransitionTime, observedGeneration, reason, message } = value;
  if (type !== ready) return [value as unknown as Condition];
  const known = severity === undefined || severity === "" || isSeverity(severity);
  if (!isStatus(status) || !known) return [];
  return [
    {
      type: ready,
      status,
      ...(isSeverity(severity) ? { severity } : {}),
      lastTransitionTime: typeof lastTransitionTime === "string" ? lastTransitionTime : "",
      ...(typeof observedGeneration === "number" ? { observedGeneration } : {}),
      reason: typeof reason === "string" ? reason : "",
      ...(typeof message === "string" ? { message } : {}),
    },
  ];
}

function isStatus(value: unknown): value is Condition["status"] {
  return value === "True" || value === "False" || value === "Unknown";
}

function isSeverity(value: unknown): value is Severity {
  return value === "Error" || value === "Warning" || value === "Info";
}

/** Ready=True at a generation, in ASO's words. */
export function succeeded(generation: number): NewCondition {
  return { type: ready, status: "True", reason: "Succeeded", observedGeneration: generation };
}

/** Ready=False while ARM works on a change, in ASO's words. */
export function reconciling(generation: number): NewCondition {
  return progress(
    generation,
    "Reconciling",
    "The resource is in the process of being reconciled by the operator",
  );
}

/** Ready=False while the resource is being deleted, in ASO's words. */
export function deleting(generation: number): NewCondition {
  return progress(generation, "Deleting", "The resource is being deleted");
}

function progress(generation: number, reason: string, message: string): NewCondition {
  const base = { type: ready, status: "False", severity: "Info" } as const;
  return { ...base, reason, message, observedGeneration: generation };
}

/** Ready=False with the severity, reason and message of a problem. */
export function fromProblem(problem: Problem, generation: number): NewCondition {
  const { severity, reason, message } = problem;
  const base = { type: ready, status: "False", severity, reason } as const;
  return { ...base, observedGeneration: generation, ...(message === "" ? {} : { message }) };
}

/**
 * Sets a condition by ASO's overwrite rule (aso-semantics.md 0.4, errata 18): a newer generation wins, an equal statement keeps
 * its time, otherwise the one that weighs at least as much. `now` is epoch ms; the time is written in whole seconds.
 */
export function setCondition(
  conditions: readonly Condition[],
  next: NewCondition,
  now: number,
): ConditionChange {
  return replace(conditions, next, now, overwrites);
}

/** As {@link setCondition}; besides, a statement about progress replaces one about a precondition that is met by now. */
export function setReadyReasonAware(
  conditions: readonly Condition[],
  next: NewCondition,
  now: number,
): ConditionChange {
  return replace(
    conditions,
    next,
    now,
    (stored, wanted) =>
      overwrites(stored, wanted) || reasonRank(wanted.reason) > reasonRank(stored.reason),
  );
}

function replace(
  conditions: readonly Condition[],
  next: NewCondition,
  now: number,
  wins: (stored: Condition, wanted: NewCondition) => boolean,
): ConditionChange {
  const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const timed = { ...next, lastTransitionTime };
  const stored = conditions.find((condition) => condition.type === next.type);
  if (stored === undefined) return { conditions: [...conditions, timed], changed: true };
  if (isSame(stored, next) || !wins(stored, next)) return { conditions, changed: false };
  return { conditions: conditions.map((one) => (one === stored ? timed : one)), changed: true };
}

function overwrites(stored: Condition, next: NewCondition): boolean {
  return (
    (next.observedGeneration ?? 0) > (stored.observedGeneration ?? 0) ||
    weight(next) >= weight(stored)
  );
}

function isSame(stored: Condition, next: NewCondition): boolean {
  return (
    stored.status === next.status &&
    (stored.severity ?? "") === (next.severity ?? "") &&
    (stored.observedGeneration ?? 0) === (next.observedGeneration ?? 0) &&
    stored.reason === next.reason &&
    (stored.message ?? "") === (next.message ?? "")
  );
}

function weight(condition: NewCondition): number {
  if (condition.status === "True") return 5;
  if (condition.status === "Unknown") return 3;
  return condition.severity === "Info" ? 4 : 5;
}

const preconditions = new Set([
  "WaitingForOwner",
  "ReferenceNotFound",
  "SecretNotFound",
  "ConfigMapNotFound",
  "AzureResourceNotFound",
  adoptionPlanned,
]);

function reasonRank(reason: string): number {
  if (preconditions.has(reason)) return -2;
  return reason === "Reconciling" ? -1 : 0;
}
