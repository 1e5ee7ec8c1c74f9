import { OperatorError } from "../../core/errors.ts";
import type { Holder, Ownership } from "../../ports/ownership.ts";
import { type Entities, type Entity, textOf } from "./entities.ts";
import { digest, encodePart } from "./table-keys.ts";

const attempts = 8;

function addressOf(armId: string): { partition: string; rowKey: string } {
  const id = armId.toLowerCase();
  const subscription = /^\/subscriptions\/([^/]+)/.exec(id)?.[1] ?? "-";
  return { partition: encodePart(subscription), rowKey: digest(id) };
}

function toHolder(entity: Entity): Holder {
  return {
    cluster: textOf(entity, "cluster"),
    group: textOf(entity, "group"),
    kind: textOf(entity, "kind"),
    namespace: textOf(entity, "namespace"),
    name: textOf(entity, "name"),
    uid: textOf(entity, "uid"),
  };
}

function isSameKey(one: Holder, other: Holder): boolean {
  return (
    one.cluster === other.cluster &&
    one.group === other.group &&
    one.kind === other.kind &&
    one.namespace === other.namespace &&
    one.name === other.name
  );
}

/** Ownership of ARM ids in one table: partition = subscription (`-` for ids without one), row = SHA-256 of the lower-cased id. */
export class TableOwnership implements Ownership {
  readonly #table: Entities;

  constructor(table: Entities) {
    this.#table = table;
  }

  async claim(
    armId: string,
    holder: Holder,
  ): Promise<{ readonly kind: "held" } | { readonly kind: "other"; readonly holder: Holder }> {
    const { partition, rowKey } = addressOf(armId);
    const { cluster, group, kind, namespace, name, uid } = holder;
    const properties = { cluster, group, kind, namespace, name, uid, armId };
    for (let attempt = 0; attempt < attempts; attempt++) {
      const created = await this.#table.write(partition, [{ kind: "insert", rowKey, properties }]);
      if (created.kind === "written") return { kind: "held" };
      const entity = await this.#table.get(partition, rowKey);
      if (entity === undefined) continue;
      const current = toHolder(entity);
      if (!isSameKey(current, holder)) return { kind: "other", holder: current };
      if (current.uid === uid) return { kind: "held" };
      const { etag } = entity;
      const taken = await this.#table.write(partition, [
        { kind: "merge", rowKey, properties: { uid }, etag },
      ]);
      if (taken.kind === "written") return { kind: "held" };
    }
    throw new OperatorError("StorageAnswered", "ownership: too many conflicting claims", {
      rowKey,
    });
  }

  async release(armId: string, holder: Holder): Promise<void> {
    const { partition, rowKey } = addressOf(armId);
    let entity = await this.#table.get(partition, rowKey);
    while (entity !== undefined) {
      const current = toHolder(entity);
      if (!isSameKey(current, holder) || current.uid !== holder.uid) return;
      const { etag } = entity;
      const answer = await this.#table.write(partition, [{ kind: "delete", rowKey, etag }]);
      if (answer.kind === "written") return;
      entity = await this.#table.get(partition, rowKey);
    }
  }
}
