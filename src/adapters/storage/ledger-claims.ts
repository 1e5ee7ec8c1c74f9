import type { ResourceKey } from "../../core/resource/types.ts";
import type { Claim, ClaimOutcome, Release, Row, RowMemory } from "../../ports/ledger.ts";
import { rowIdOf, rowKeyOf } from "./ledger-keys.ts";
import { placeOf, type RowRecord, type StoredRow, toRow } from "./ledger-row.ts";
import type { LedgerRows } from "./ledger-rows.ts";
import { claimed, doubted, isHeld, isIdle, poisonedOnce, released } from "./ledger-transitions.ts";

/**
 * What a holder knows of its row, shared by all claims of one epoch: the ETag that a renewal got serves the next save, so
 * that an undisturbed pass never reads its row again.
 */
type Hold = { stored: StoredRow; readonly uncertainAtClaim: boolean };
type HeldClaim = Claim & { readonly hold: Hold };

function holdOf(claim: Claim): Hold | undefined {
  return (claim as Partial<HeldClaim>).hold;
}

/** Claims: each write is made under the row's ETag; a conflict is a lost claim only when the epoch has moved on (design.md section 2). */
export class LedgerClaims {
  readonly #rowsOf: (cluster: string) => LedgerRows;
  readonly #nonce: () => string;

  constructor(rowsOf: (cluster: string) => LedgerRows, nonce: () => string) {
    this.#rowsOf = rowsOf;
    this.#nonce = nonce;
  }

  async claim(key: ResourceKey, wake: number, now: number, leaseMs: number): Promise<ClaimOutcome> {
    const holder = this.#nonce();
    const outcome = await this.#rowsOf(key.cluster).update<"stale" | "busy" | "mine">(
      rowIdOf(key),
      (record) => {
        if (record === undefined || record.wake !== wake) return { kept: "stale" };
        if (record.state === "running" && record.holder === holder) return { kept: "mine" };
        if (record.state === "running" && record.leaseUntil > now) return { kept: "busy" };
        return { next: claimed(record, now, leaseMs, holder) };
      },
    );
    if (outcome.kind === "stored") return claimedAs(key.cluster, outcome.row);
    if (outcome.kept !== "mine") return { kind: outcome.kept };
    const stored = await this.#rowsOf(key.cluster).read(rowIdOf(key));
    return stored === undefined ? { kind: "stale" } : claimedAs(key.cluster, stored);
  }

  async renew(claim: Claim, now: number, leaseMs: number): Promise<Claim | undefined> {
    return this.#write(claim, (record) => ({ ...record, leaseUntil: now + leaseMs }));
  }

  async save(claim: Claim, memory: RowMemory): Promise<Claim | undefined> {
    const hold = holdOf(claim);
    return this.#write(claim, (record) => ({ ...record, memory: keepDoubt(memory, record, hold) }));
  }

  async release(
    claim: Claim,
    release: Release,
    now: number,
  ): Promise<{ kind: "released"; wake: number } | { kind: "lost" }> {
    const hold = holdOf(claim);
    const wake = claim.row.wake + 1;
    const outcome = await this.#rowsOf(claim.row.key.cluster).update<"done" | "lost">(
      rowIdOf(claim.row.key),
      (record) => {
        if (record !== undefined && isOwnRelease(record, claim, hold, wake))
          return { kept: "done" };
        if (record === undefined || !isHeld(record, claim.epoch)) return { kept: "lost" };
        const memory = keepDoubt(release.memory, record, hold);
        return { next: released(record, { ...release, memory }, now) };
      },
      hold?.stored,
    );
    if (outcome.kind === "stored" || outcome.kept === "done") return { kind: "released", wake };
    const writing = release.memory.inFlight ?? lastMemory(claim).inFlight;
    if (writing !== undefined) await this.#doubt(claim, now);
    return { kind: "lost" };
  }

  /**
   * Links, row and place go in this order: after a crash in between, the row or at least its place is still found, and
   * dispatch puts a row without worker back and drops a place without row. A row that became dirty stays: the name may be in use again.
   */
  async remove(claim: Claim): Promise<void> {
    const rows = this.#rowsOf(claim.row.key.cluster);
    const id = rowIdOf(claim.row.key);
    let stored = holdOf(claim)?.stored ?? (await rows.read(id));
    while (stored !== undefined && isHeld(stored.record, claim.epoch)) {
      const { record, etag }: StoredRow = stored;
      if (record.dirty) {
        const { memory, links, priority } = record;
        await this.release(
          claim,
          { memory, links, priority, due: claim.leaseUntil },
          claim.leaseUntil,
        );
        return;
      }
      if (record.links.length > 0) {
        stored = (await rows.apply(stored, { ...record, links: [] })) ?? (await rows.read(id));
        continue;
      }
      const answer = await rows.table.write(rows.partition, [
        { kind: "delete", rowKey: rowKeyOf(id), etag },
      ]);
      if (answer.kind === "written" || answer.status === 404) {
        await rows.table.write(rows.partition, [{ kind: "delete", rowKey: placeOf(record) }]);
        return;
      }
      stored = await rows.read(id);
    }
  }

  async poisoned(key: ResourceKey, wake: number, due: number): Promise<Row | undefined> {
    const outcome = await this.#rowsOf(key.cluster).update(rowIdOf(key), (record) =>
      record === undefined || record.wake !== wake
        ? { kept: "another wake" as const }
        : { next: poisonedOnce(record, due) },
    );
    return outcome.kind === "stored" ? toRow(key.cluster, outcome.row.record) : undefined;
  }

  async #write(claim: Claim, next: (record: RowRecord) => RowRecord): Promise<Claim | undefined> {
    const hold = holdOf(claim);
    const { key } = claim.row;
    const outcome = await this.#rowsOf(key.cluster).update(
      rowIdOf(key),
      (record) =>
        record === undefined || !isHeld(record, claim.epoch)
          ? { kept: "lost" as const }
          : { next: next(record) },
      hold?.stored,
    );
    if (outcome.kind === "stored") return continued(claim, outcome.row);
    if (lastMemory(claim).inFlight !== undefined) await this.#doubt(claim, claim.leaseUntil);
    return undefined;
  }

  /** Nobody else knows how the write to ARM ended: the row's next holder is told to compare. */
  async #doubt(claim: Claim, now: number): Promise<void> {
    const { key } = claim.row;
    await this.#rowsOf(key.cluster).update(rowIdOf(key), (record) =>
      record === undefined || record.memory.uncertain === true
        ? { kept: "told" as const }
        : { next: doubted(record, now) },
    );
  }
}

function lastMemory(claim: Claim): RowMemory {
  return holdOf(claim)?.stored.record.memory ?? claim.row.memory;
}

/** A doubt that another worker raised during this claim outlives what the claim writes. */
function keepDoubt(memory: RowMemory, record: RowRecord, hold: Hold | undefined): RowMemory {
  const raised = record.memory.uncertain === true && hold?.uncertainAtClaim === false;
  return raised ? { ...memory, uncertain: true } : memory;
}

/** The answer to our own release was lost and the service was asked again. */
function isOwnRelease(
  record: RowRecord,
  claim: Claim,
  hold: Hold | undefined,
  wake: number,
): boolean {
  return (
    isIdle(record) &&
    record.wake === wake &&
    record.epoch === claim.epoch &&
    hold !== undefined &&
    record.holder === hold.stored.record.holder
  );
}

function claimedAs(cluster: string, stored: StoredRow): ClaimOutcome {
  const hold: Hold = { stored, uncertainAtClaim: stored.record.memory.uncertain === true };
  const { epoch, leaseUntil } = stored.record;
  const claim: HeldClaim = { row: toRow(cluster, stored.record), epoch, leaseUntil, hold };
  return { kind: "claimed", claim };
}

function continued(claim: Claim, stored: StoredRow): HeldClaim {
  const known = holdOf(claim);
  const hold: Hold = known ?? { stored, uncertainAtClaim: claim.row.memory.uncertain === true };
  hold.stored = stored;
  const { cluster } = claim.row.key;
  const { epoch, leaseUntil } = stored.record;
  return { row: toRow(cluster, stored.record), epoch, leaseUntil, hold };
}
