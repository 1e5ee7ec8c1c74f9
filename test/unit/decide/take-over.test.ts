import { describe, expect, test } from "vitest";
import { type HolderFacts, reasonToTakeOver } from "../../../src/core/decide/take-over.ts";
import { annotations } from "../../../src/core/resource/names.ts";
import { armId, claimedResource, now, operatorNamespace } from "./facts-fixtures.ts";

const firm: HolderFacts = {
  now,
  armId,
  uid: "uid-1",
  isFirm: true,
  since: now - 1_000_000,
  graceMs: 120_000,
  cluster: { operatorNamespace },
  found: claimedResource(),
};
const gone = (reachedAt: number): Partial<HolderFacts> => ({
  cluster: { unregistered: true, reachedAt },
  found: "unknown",
});
const noted = (notes: Readonly<Record<string, string>>): Partial<HolderFacts> => ({
  found: claimedResource({ notes }),
});

describe("a holder keeps its ARM id", () => {
  test.each<[string, Partial<HolderFacts>]>([
    ["when all is as it was", {}],
    ["when its cluster does not answer or does not serve the kind", { found: "unknown" }],
    [
      "in the first minutes of a claim that Azure did not answer yet",
      { isFirm: false, since: now - 119_999 },
    ],
    ["when its cluster was reached lately: another instance may know it", gone(now - 599_999)],
    [
      "when the id on it differs in case only",
      noted({ [annotations.resourceId]: armId.toUpperCase() }),
    ],
    ["before it was marked with the id", noted({ [annotations.resourceId]: "" })],
    ["when no operator is noted on it", noted({ [annotations.operatorNamespace]: "" })],
    ["with policy detach-on-delete", noted({ [annotations.reconcilePolicy]: "detach-on-delete" })],
    [
      "with policy skip in a cluster that is at work: its own pass would have let go",
      {
        ...noted({ [annotations.reconcilePolicy]: "skip" }),
        cluster: { operatorNamespace, isAtWork: true },
      },
    ],
    [
      "while it is being deleted",
      { found: claimedResource({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }) },
    ],
  ])("%s", (_name, facts) => {
    expect(reasonToTakeOver({ ...firm, ...facts })).toBeUndefined();
  });
});

describe("a holder loses its ARM id to who waits", () => {
  test.each<[string, Partial<HolderFacts>, RegExp]>([
    ["when the server says that it does not exist", { found: "absent" }, /does not exist/],
    ["when its name stands for another object", { uid: "uid-0" }, /another resource/],
    [
      "when it stands for another id",
      noted({ [annotations.resourceId]: `${armId}2` }),
      /another id/,
    ],
    [
      "when another operator manages it",
      noted({ [annotations.operatorNamespace]: "aso-system" }),
      /another operator/,
    ],
    ["when it never writes", noted({ [annotations.reconcilePolicy]: "skip" }), /skip/],
    ["when its cluster is not registered any more", gone(now - 600_000), /not registered/],
    ["when no scan ever reached its cluster", gone(0), /not registered/],
    [
      "when Azure never accepted its credential, even if its cluster says nothing",
      { isFirm: false, since: now - 120_000, found: "unknown" },
      /never accepted/,
    ],
  ])("%s", (_name, facts, reason) => {
    expect(reasonToTakeOver({ ...firm, ...facts })).toMatch(reason);
  });
});
