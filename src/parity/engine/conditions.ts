import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import {
  conditionsOf,
  deleting,
  type NewCondition,
  reconciling,
  setCondition,
  setReadyReasonAware,
  succeeded,
} from "../../core/resource/conditions.ts";
import type { Condition, Severity } from "../../core/resource/types.ts";
import { describeDifference, jsonDifferences } from "../json-difference.ts";
import type { Judge } from "./judge.ts";

const json = z.custom<JsonObject>(isJsonObject);

const step = z.object({
  at: z.number(),
  setter: z.enum(["set", "setReasonAware"]),
  status: z.string(),
  severity: z.string().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  observedGeneration: z.number().optional(),
  type: z.string().optional(),
});

const inputFormat = z.object({
  start: z.string(),
  initial: z.array(json).optional(),
  steps: z.array(step),
});

/** A sequence of statements about a resource → its conditions after each. */
export const judgeConditions: Judge = (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const started = Date.parse(input.start);
  let conditions = conditionsOf({ conditions: input.initial ?? [] });
  const steps = input.steps.map((one): JsonObject => {
    const set = one.setter === "set" ? setCondition : setReadyReasonAware;
    const before = conditions;
    const change = set(before, conditionOf(one), started + one.at);
    conditions = change.conditions;
    return {
      conditions: conditions.map(asJson),
      lastTransitionTimeChanged: timesOf(before) !== timesOf(conditions),
      overwritten: change.changed,
    };
  });
  return jsonDifferences(testCase.expected, { steps }).map(describeDifference);
};

function conditionOf(one: z.infer<typeof step>): NewCondition {
  const generation = one.observedGeneration ?? 0;
  const ready = { Succeeded: succeeded, Reconciling: reconciling, Deleting: deleting };
  const made = Object.hasOwn(ready, one.status)
    ? ready[one.status as keyof typeof ready](generation)
    : stated(one, generation);
  return one.type === undefined ? made : { ...made, type: one.type };
}

function stated(one: z.infer<typeof step>, generation: number): NewCondition {
  const reason = one.reason ?? (one.status === "True" ? "Succeeded" : "");
  return {
    type: "Ready",
    status: one.status as Condition["status"],
    ...(one.severity ? { severity: one.severity as Severity } : {}),
    reason,
    ...(one.message ? { message: one.message } : {}),
    observedGeneration: generation,
  };
}

function timesOf(conditions: readonly Condition[]): string {
  return conditions.map((condition) => `${condition.type} ${condition.lastTransitionTime}`).join();
}

function asJson(condition: Condition): JsonValue {
  return Object.fromEntries(
    Object.entries(condition).filter(
      ([, value]) => value !== undefined && value !== "" && value !== 0,
    ),
  );
}
