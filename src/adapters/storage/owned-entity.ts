import type { Holder, Owned } from "../../ports/ownership.ts";
import { type Entity, numberOf, type Properties, textOf } from "./entities.ts";
import { padTime } from "./table-keys.ts";

/** How long a claimer that did not get an id is remembered, in milliseconds: it asks again every few minutes. */
const waitingMs = 3_600_000;
/** More than so many claimers of one id find out by asking again. */
const mostWaiting = 16;

type Waiting = Holder & { readonly until: number };

/** How an owned ARM id stands in its row. `writesUntil`: the holder's own permission to write, epoch ms. */
export type OwnedRow = Omit<Owned, "waiting"> & {
  readonly writesUntil: number;
  readonly waiting: readonly Waiting[];
};

/** Reads a row. One without `firm` is from a release that knew no other. */
export function toOwnedRow(entity: Entity): OwnedRow {
  const waiting = textOf(entity, "waiting");
  return {
    armId: textOf(entity, "armId"),
    holder: {
      cluster: textOf(entity, "cluster"),
      group: textOf(entity, "group"),
      kind: textOf(entity, "kind"),
      namespace: textOf(entity, "namespace"),
      name: textOf(entity, "name"),
      uid: textOf(entity, "uid"),
    },
    epoch: numberOf(entity, "epoch"),
    isFirm: entity.properties["firm"] !== false,
    since: numberOf(entity, "since"),
    fencedUntil: numberOf(entity, "fence"),
    writesUntil: numberOf(entity, "writes"),
    waiting: waiting === "" ? [] : (JSON.parse(waiting) as readonly Waiting[]),
  };
}

/** The row's properties, all of them. */
export function toProperties(row: OwnedRow): Properties {
  const { cluster, group, kind, namespace, name, uid } = row.holder;
  return {
    ...{ cluster, group, kind, namespace, name, uid },
    armId: row.armId,
    epoch: row.epoch,
    firm: row.isFirm,
    since: padTime(row.since),
    fence: padTime(row.fencedUntil),
    writes: padTime(row.writesUntil),
    waiting: row.waiting.length === 0 ? "" : JSON.stringify(row.waiting),
  };
}

/** The row as the port shows it. */
export function toOwned({ writesUntil: _own, waiting, ...owned }: OwnedRow): Owned {
  return { ...owned, waiting: waiting.map(({ until: _until, ...holder }) => holder) };
}

/** Nobody holds the id, but a write to it may be under way. */
export function isFree(row: OwnedRow): boolean {
  return row.holder.cluster === "";
}

/** What is left of a row that its holder let go of; undefined when nothing is under way any more. */
export function letGoOf(row: OwnedRow, now: number): OwnedRow | undefined {
  if (Math.max(row.fencedUntil, row.writesUntil) <= now) return undefined;
  const nobody = { cluster: "", group: "", kind: "", namespace: "", name: "", uid: "" };
  return { ...passedOn(row, nobody, false, now), waiting: [] };
}

/** Another holder, under the next epoch: what the present one may still write, it waits for. */
export function passedOn(row: OwnedRow, to: Holder, isFirm: boolean, now: number): OwnedRow {
  return {
    ...row,
    holder: to,
    epoch: row.epoch + 1,
    isFirm,
    since: now,
    fencedUntil: Math.max(row.fencedUntil, row.writesUntil),
    writesUntil: 0,
    waiting: row.waiting.filter((one) => !isSameKey(one, to)),
  };
}

/** What a claim of an id that has a row comes to, and the row after it; undefined when it stays as it is. */
export function claimedBy(
  row: OwnedRow,
  claimer: Holder,
  now: number,
): { readonly kind: "held" | "other"; readonly next: OwnedRow | undefined } {
  if (isHeldBy(row, claimer)) return { kind: "held", next: undefined };
  if (isSameKey(row.holder, claimer) || isFree(row))
    return { kind: "held", next: passedOn(row, claimer, false, now) };
  return { kind: "other", next: withWaiting(row, claimer, now) };
}

/** The row with `claimer` among those who wait; undefined when it is noted well enough. */
function withWaiting(row: OwnedRow, claimer: Holder, now: number): OwnedRow | undefined {
  const noted = row.waiting.find((one) => isSameKey(one, claimer));
  if (noted?.uid === claimer.uid && noted.until - now > waitingMs / 2) return undefined;
  const others = row.waiting.filter((one) => one.until > now && !isSameKey(one, claimer));
  const { cluster, group, kind, namespace, name, uid } = claimer;
  const own = { cluster, group, kind, namespace, name, uid, until: now + waitingMs };
  return { ...row, waiting: [...others, own].slice(-mostWaiting) };
}

/** Whether two holders go by the same name, in the same cluster. */
function isSameKey(one: Holder, other: Holder): boolean {
  return (
    one.cluster === other.cluster &&
    one.group === other.group &&
    one.kind === other.kind &&
    one.namespace === other.namespace &&
    one.name === other.name
  );
}

/** Whether the row is what a worker of `holder` took it for. */
export function isHeldBy(row: OwnedRow, holder: Holder, epoch = row.epoch): boolean {
  return isSameKey(row.holder, holder) && row.holder.uid === holder.uid && row.epoch === epoch;
}
