import type {
  CountedDeletion,
  DeletionConfirmation,
  DeletionPause,
} from "../../core/decide/deletion-breaker.ts";
import type { Deletions, StoredBook } from "../../ports/deletions.ts";
import { type Entities, type Entity, listEntities, numberOf, textOf } from "./entities.ts";
import { encodePart, padTime } from "./table-keys.ts";

/** Removals in one request: those that find nothing to do are no failure, so that each goes alone, a few at a time. */
const mostForgotten = 20;
/** The word of operator and breaker; before every `d|` in the order of keys, so that one page has both. */
const stateKey = "a";
const everything = { from: stateKey, before: "d}" };
const keyOf = (uid: string): string => `d|${encodePart(uid)}`;

/** Deletions in one table: partition = cluster, row `a` = pause and confirmation, row `d|uid` = one counted deletion. */
export class TableDeletions implements Deletions {
  readonly #table: Entities;

  constructor(table: Entities) {
    this.#table = table;
  }

  async read(cluster: string, since: number): Promise<StoredBook> {
    const partition = encodePart(cluster);
    const counted: CountedDeletion[] = [];
    const old: string[] = [];
    let state: Entity | undefined;
    for await (const entity of listEntities(this.#table, partition, everything)) {
      if (entity.rowKey === stateKey) state = entity;
      else if (numberOf(entity, "at") < since) old.push(entity.rowKey);
      else counted.push(toDeletion(entity));
    }
    await Promise.all(
      old
        .slice(0, mostForgotten)
        .map((rowKey) => this.#table.write(partition, [{ kind: "delete", rowKey }])),
    );
    return { ...wordOf(state), counted, version: state?.etag };
  }

  async count(cluster: string, { uid, armId, resources, at }: CountedDeletion): Promise<void> {
    const properties = { uid, armId, resources, at: padTime(at) };
    await this.#table.write(encodePart(cluster), [
      { kind: "insert", rowKey: keyOf(uid), properties },
    ]);
  }

  async pause(
    cluster: string,
    { at, deleting, resources }: DeletionPause,
    version: string | undefined,
  ): Promise<boolean> {
    const properties = { pausedAt: padTime(at), deleting, resources };
    const rowKey = stateKey;
    const answer = await this.#table.write(encodePart(cluster), [
      version === undefined
        ? { kind: "insert", rowKey, properties }
        : { kind: "merge", rowKey, properties, etag: version },
    ]);
    return answer.kind === "written";
  }

  async confirm(cluster: string, { at, until }: DeletionConfirmation): Promise<void> {
    const properties = { confirmedAt: padTime(at), confirmedUntil: padTime(until) };
    await this.#table.write(encodePart(cluster), [{ kind: "put", rowKey: stateKey, properties }]);
  }
}

function toDeletion(entity: Entity): CountedDeletion {
  return {
    uid: textOf(entity, "uid"),
    armId: textOf(entity, "armId"),
    resources: numberOf(entity, "resources"),
    at: numberOf(entity, "at"),
  };
}

function wordOf(entity: Entity | undefined): Pick<StoredBook, "pause" | "confirmation"> {
  if (entity === undefined) return {};
  const pausedAt = numberOf(entity, "pausedAt");
  const confirmedAt = numberOf(entity, "confirmedAt");
  return {
    ...(pausedAt === 0
      ? {}
      : {
          pause: {
            at: pausedAt,
            deleting: numberOf(entity, "deleting"),
            resources: numberOf(entity, "resources"),
          },
        }),
    ...(confirmedAt === 0
      ? {}
      : { confirmation: { at: confirmedAt, until: numberOf(entity, "confirmedUntil") } }),
  };
}
