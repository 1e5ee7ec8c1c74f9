import { armIdKey } from "../../core/arm/arm-id.ts";
import {
  type CountedDeletion,
  type DeletionPause,
  deletionPaused,
  isBreakerOff,
  pauseFor,
  resourcesTaken,
  standingOf,
} from "../../core/decide/deletion-breaker.ts";
import type { AdmissionFact } from "../../core/decide/facts.ts";
import { OperatorError } from "../../core/errors.ts";
import type { StoredBook } from "../../ports/deletions.ts";
import { managedIds } from "../managed-ids.ts";
import { type Pass, resourceOf } from "./pass.ts";

/** Only pauses and confirmations of the same moment end each other's tries; more than this is a fault of storage. */
const attempts = 8;

/**
 * Whether a DELETE may be sent (src/decisions/0012-mass-deletion-waits-for-a-word.md). It is counted before the count is read: whatever
 * workers come at once, no more than the limit are let through.
 */
export async function gatherAdmission(pass: Pass): Promise<AdmissionFact> {
  const { engine, memory, key } = pass;
  const limits = engine.settings.deletions;
  if (memory.deleteAdmitted === true || isBreakerOff(limits)) return admitted(pass);
  const since = engine.clock.now() - limits.windowMs;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await engine.deletions.read(key.cluster, since);
    const book = standing(pass, found) === "counts" ? await counted(pass, found, since) : found;
    if (standing(pass, book) === "confirmed") return admitted(pass);
    if (book.pause !== undefined) return paused(pass, book.pause);
    const managed = await managedIds(engine, key.cluster);
    const pause = pauseFor(book.counted, managed, limits, engine.clock.now());
    if (pause === undefined) return admitted(pass);
    if (await engine.deletions.pause(key.cluster, pause, book.version)) {
      pass.log.warn("the deletions of a cluster are paused", { cluster: key.cluster, ...pause });
      return paused(pass, pause);
    }
  }
  throw new OperatorError("StorageAnswered", "deletions: too many conflicting changes", {
    cluster: key.cluster,
  });
}

function standing({ engine, memory }: Pass, book: StoredBook): ReturnType<typeof standingOf> {
  return standingOf(book, memory.deletePausedAt, engine.clock.now());
}

/** The book with this deletion in it. What goes with its parent is part of that one's figure. */
async function counted(pass: Pass, book: StoredBook, since: number): Promise<StoredBook> {
  const { engine, key, gathered } = pass;
  const { uid } = resourceOf(pass).metadata;
  if (gathered.deleteId?.kind !== "id") throw new Error("a deletion is counted by its id");
  if (book.counted.some((one) => one.uid === uid)) return book;
  const armId = armIdKey(gathered.deleteId.armId);
  const managed = await managedIds(engine, key.cluster);
  const resources = resourcesTaken(armId, book.counted, managed);
  if (resources === 0) return book;
  const deletion: CountedDeletion = { uid, armId, resources, at: engine.clock.now() };
  await engine.deletions.count(key.cluster, deletion);
  return engine.deletions.read(key.cluster, since);
}

function admitted(pass: Pass): AdmissionFact {
  pass.memory = {
    ...pass.memory,
    deleteAdmitted: true,
    deletePausedAt: undefined,
    state: "Deleting",
  };
  return { kind: "admitted" };
}

function paused(pass: Pass, pause: DeletionPause): AdmissionFact {
  const { engine, key } = pass;
  pass.memory = {
    ...pass.memory,
    deletePausedAt: pass.memory.deletePausedAt ?? engine.clock.now(),
  };
  engine.metrics.count("aso_functions_deletions_paused_total", { cluster: key.cluster });
  return {
    kind: "paused",
    problem: deletionPaused(key.cluster, pause, engine.settings.deletions),
  };
}
