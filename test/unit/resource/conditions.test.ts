import { describe, expect, test } from "vitest";
import {
  adoptionPlanned,
  conditionsOf,
  deleting,
  fromProblem,
  type NewCondition,
  readyCondition,
  reconciling,
  setCondition,
  setReadyReasonAware,
  succeeded,
} from "../../../src/core/resource/conditions.ts";
import type { Condition, Severity } from "../../../src/core/resource/types.ts";

const then = Date.UTC(2026, 0, 1);
const now = then + 61_500;

function failed(severity: Severity, reason: string, generation: number, message = "m") {
  return fromProblem({ severity, reason, message, retry: "slow" }, generation);
}

const unknown = (generation: number): NewCondition => ({
  ...reconciling(generation),
  status: "Unknown",
});

function stored(condition: NewCondition): readonly Condition[] {
  return setCondition([], condition, then).conditions;
}

/** aso-features.md 5.3, rules 1 to 3, and errata 18. */
describe("a stored condition", () => {
  const rows: readonly {
    readonly stored: NewCondition;
    readonly next: NewCondition;
    readonly wins: boolean;
    readonly because: string;
  }[] = [
    {
      stored: failed("Error", "Failed", 1),
      next: reconciling(2),
      wins: true,
      because: "a newer generation always replaces an older one",
    },
    {
      stored: succeeded(1),
      next: unknown(2),
      wins: true,
      because: "even the least statement about a newer generation does",
    },
    {
      stored: reconciling(1),
      next: reconciling(1),
      wins: false,
      because: "an equal statement keeps its time",
    },
    { stored: succeeded(1), next: reconciling(1), wins: false, because: "Info hides no True" },
    {
      stored: failed("Warning", "Conflict", 1),
      next: reconciling(1),
      wins: false,
      because: "Info hides no Warning: a failing resource keeps its error while it is retried",
    },
    {
      stored: failed("Error", "Failed", 1),
      next: reconciling(1),
      wins: false,
      because: "Info hides no Error",
    },
    {
      stored: reconciling(1),
      next: failed("Warning", "Conflict", 1),
      wins: true,
      because: "a Warning weighs more than Info",
    },
    {
      stored: failed("Error", "Failed", 1),
      next: failed("Warning", "Conflict", 1),
      wins: true,
      because: "Error and Warning weigh the same",
    },
    {
      stored: succeeded(1),
      next: failed("Error", "Failed", 1),
      wins: true,
      because: "True and Error weigh the same",
    },
    {
      stored: failed("Error", "Failed", 1),
      next: succeeded(1),
      wins: true,
      because: "what was solved is shown",
    },
    { stored: reconciling(1), next: unknown(1), wins: false, because: "Unknown weighs least" },
    { stored: unknown(1), next: reconciling(1), wins: true, because: "Info weighs more" },
    {
      stored: failed("Warning", "Conflict", 1, "first"),
      next: failed("Warning", "Conflict", 1, "second"),
      wins: true,
      because: "another message is another statement",
    },
    {
      stored: reconciling(2),
      next: succeeded(1),
      wins: true,
      because: "rule 3 does not look at generations (errata 18)",
    },
    {
      stored: succeeded(1),
      next: deleting(2),
      wins: true,
      because: "a deletion is a new generation",
    },
  ];
  test.each(rows)("gives way: $wins, because $because", ({ stored: before, next, wins }) => {
    const conditions = stored(before);
    const change = setCondition(conditions, next, now);
    expect(change.changed).toBe(wins);
    expect(change.conditions).toEqual(
      wins ? [{ ...next, lastTransitionTime: "2026-01-01T00:01:01Z" }] : conditions,
    );
  });
});

/** aso-features.md 5.3, rule 4: just before a PUT. */
describe("just before a PUT", () => {
  test.each([
    "WaitingForOwner",
    "ReferenceNotFound",
    "SecretNotFound",
    "ConfigMapNotFound",
    "AzureResourceNotFound",
    adoptionPlanned,
  ])("the stale %s gives way to Reconciling", (reason) => {
    const waits = stored(failed("Warning", reason, 1));
    expect(setReadyReasonAware(waits, reconciling(1), now).conditions).toMatchObject([
      { reason: "Reconciling" },
    ]);
  });

  test.each(["Conflict", "Failed", "ReconciliationBlocked", "Succeeded"])("%s stays", (reason) => {
    const conditions = stored(failed("Warning", reason, 1));
    expect(setReadyReasonAware(conditions, reconciling(1), now)).toEqual({
      conditions,
      changed: false,
    });
  });
});

/** aso-features.md 5.1. */
test("the words of progress are ASO's own", () => {
  expect(reconciling(3)).toEqual({
    type: "Ready",
    status: "False",
    severity: "Info",
    reason: "Reconciling",
    message: "The resource is in the process of being reconciled by the operator",
    observedGeneration: 3,
  });
  expect(deleting(3)).toMatchObject({
    severity: "Info",
    reason: "Deleting",
    message: "The resource is being deleted",
  });
  expect(succeeded(3)).toEqual({
    type: "Ready",
    status: "True",
    reason: "Succeeded",
    observedGeneration: 3,
  });
});

test("conditions of others stay as they are, and a malformed Ready is replaced", () => {
  const other = { type: "Synced", status: "Maybe", extra: 1 };
  const status = { conditions: [other, { type: "Ready", status: "Perhaps" }] };
  expect(conditionsOf(status)).toEqual([other]);
  expect(readyCondition(status)).toBeUndefined();
  expect(conditionsOf({ conditions: "none" })).toEqual([]);
  const { conditions } = setCondition(conditionsOf(status), succeeded(1), now);
  expect(conditions).toMatchObject([other, { type: "Ready", status: "True" }]);
});
