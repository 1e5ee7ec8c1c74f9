import { armIdKey } from "../../core/arm/arm-id.ts";
import { OperatorError } from "../../core/errors.ts";
import type {
  Claimed,
  Holder,
  Owned,
  Ownership,
  Permit,
  Permitted,
  Term,
} from "../../ports/ownership.ts";
import type { Entities } from "./entities.ts";
import {
  claimedBy,
  isFree,
  isHeldBy,
  letGoOf,
  type OwnedRow,
  passedOn,
  toOwned,
  toOwnedRow,
  toProperties,
} from "./owned-entity.ts";
import { digest, encodePart, padTime } from "./table-keys.ts";

const attempts = 16;

type Address = { readonly partition: string; readonly rowKey: string };
type Stored = { readonly row: OwnedRow; readonly etag: string };

function addressOf(armId: string): Address {
  const id = armIdKey(armId);
  const subscription = /^\/subscriptions\/([^/]+)/.exec(id)?.[1] ?? "-";
  return { partition: encodePart(subscription), rowKey: digest(id) };
}

/**
 * Ownership of ARM ids in one table: partition = subscription (`-` for ids without one), row = SHA-256 of the id by `armIdKey`. Every
 * change is one write under the row's ETag, so that a crash leaves exactly one owner.
 */
export class TableOwnership implements Ownership {
  readonly #table: Entities;

  constructor(table: Entities) {
    this.#table = table;
  }

  async get(armId: string): Promise<Owned | undefined> {
    const stored = await this.#read(addressOf(armId));
    return stored === undefined || isFree(stored.row) ? undefined : toOwned(stored.row);
  }

  async claim(armId: string, claimer: Holder, { now, writeMs }: Term): Promise<Claimed> {
    const address = addressOf(armId);
    const first: OwnedRow = {
      armId,
      holder: claimer,
      epoch: 1,
      isFirm: false,
      since: now,
      fencedUntil: 0,
      writesUntil: now + writeMs,
      waiting: [],
    };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const permit = await this.#insert(address, first);
      if (permit !== undefined) return { kind: "free", permit };
      const stored = await this.#read(address);
      if (stored === undefined) continue;
      const { kind, next } = claimedBy(stored.row, claimer, now);
      if (next !== undefined && !(await this.#replace(address, stored.etag, next))) continue;
      return { kind, owned: toOwned(next ?? stored.row) };
    }
    throw contended(address);
  }

  async permit(
    armId: string,
    holder: Holder,
    epoch: number,
    { now, writeMs }: Term,
  ): Promise<Permitted> {
    const address = addressOf(armId);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(address);
      if (stored === undefined || !isHeldBy(stored.row, holder, epoch)) return { kind: "lost" };
      const { fencedUntil } = stored.row;
      if (fencedUntil > now) return { kind: "fenced", until: fencedUntil };
      const before = stored.row.writesUntil;
      const until = Math.max(before, now + writeMs);
      const next = { ...stored.row, writesUntil: until };
      const version = await this.#replace(address, stored.etag, next);
      if (version !== undefined)
        return { kind: "permitted", permit: { epoch, until, before, version } };
    }
    throw contended(address);
  }

  async settle(
    armId: string,
    holder: Holder,
    permit: Permit | { readonly epoch: number },
    isFirm: boolean,
  ): Promise<void> {
    const address = addressOf(armId);
    if ("version" in permit && (await this.#settled(address, permit, isFirm))) return;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(address);
      if (stored === undefined || !isHeldBy(stored.row, holder, permit.epoch)) return;
      const { row, etag } = stored;
      const isLast = "until" in permit && row.writesUntil === permit.until;
      const writesUntil = isLast ? permit.before : row.writesUntil;
      const next = { ...row, isFirm: row.isFirm || isFirm, writesUntil };
      if ((await this.#replace(address, etag, next)) !== undefined) return;
    }
    throw contended(address);
  }

  async move(armId: string, from: Owned, to: Holder, now: number): Promise<boolean> {
    const address = addressOf(armId);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(address);
      if (stored === undefined || !isHeldBy(stored.row, from.holder, from.epoch)) return false;
      const next = passedOn(stored.row, to, true, now);
      if ((await this.#replace(address, stored.etag, next)) !== undefined) return true;
    }
    throw contended(address);
  }

  async release(armId: string, holder: Holder, now: number): Promise<readonly Holder[]> {
    const address = addressOf(armId);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const stored = await this.#read(address);
      if (stored === undefined || !isHeldBy(stored.row, holder)) return [];
      const left = letGoOf(stored.row, now);
      const done =
        left === undefined
          ? await this.#remove(address, stored.etag)
          : await this.#replace(address, stored.etag, left);
      if (done !== undefined) return toOwned(stored.row).waiting;
    }
    throw contended(address);
  }

  async #read({ partition, rowKey }: Address): Promise<Stored | undefined> {
    const entity = await this.#table.get(partition, rowKey);
    return entity === undefined ? undefined : { row: toOwnedRow(entity), etag: entity.etag };
  }

  /** Undefined when the id is taken. */
  async #insert({ partition, rowKey }: Address, row: OwnedRow): Promise<Permit | undefined> {
    const properties = toProperties(row);
    const answer = await this.#table.write(partition, [{ kind: "insert", rowKey, properties }]);
    if (answer.kind !== "written") return undefined;
    const { epoch, writesUntil: until } = row;
    return { epoch, until, before: 0, version: answer.etags[0] ?? "" };
  }

  /** The new ETag; undefined when somebody else was first. */
  async #replace(
    { partition, rowKey }: Address,
    etag: string,
    row: OwnedRow,
  ): Promise<string | undefined> {
    const properties = toProperties(row);
    const answer = await this.#table.write(partition, [
      { kind: "merge", rowKey, properties, etag },
    ]);
    return answer.kind === "written" ? (answer.etags[0] ?? "") : undefined;
  }

  /** Undefined when somebody else was first. */
  async #remove({ partition, rowKey }: Address, etag: string): Promise<"removed" | undefined> {
    const answer = await this.#table.write(partition, [{ kind: "delete", rowKey, etag }]);
    return answer.kind === "written" ? "removed" : undefined;
  }

  /** Settles without a read, if nothing happened to the row since it was permitted. */
  async #settled(
    { partition, rowKey }: Address,
    { before, version }: Permit,
    isFirm: boolean,
  ): Promise<boolean> {
    const properties = { writes: padTime(before), ...(isFirm ? { firm: true } : {}) };
    const answer = await this.#table.write(partition, [
      { kind: "merge", rowKey, properties, etag: version },
    ]);
    return answer.kind === "written";
  }
}

function contended({ rowKey }: Address): OperatorError {
  return new OperatorError("StorageAnswered", "ownership: too many conflicting changes", {
    rowKey,
  });
}
