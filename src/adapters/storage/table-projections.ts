import type { JsonValue } from "../../core/json.ts";
import type { ResourceKey } from "../../core/resource/types.ts";
import type { Projections } from "../../ports/documents.ts";
import type { Log } from "../../ports/log.ts";
import type { Entities } from "./entities.ts";
import { partitionOf, rowIdOf, rowKeyOf } from "./ledger-keys.ts";
import { packJson, unpackJson } from "./packed-json.ts";

/** Projections in a table of their own: partition = cluster, one compressed entity per resource. */
export class TableProjections implements Projections {
  readonly #table: Entities;
  readonly #log: Log | undefined;

  constructor(table: Entities, log?: Log) {
    this.#table = table;
    this.#log = log;
  }

  /** A projection that no entity can hold is left out with a warning: drift is then found, but its paths are not named. */
  async put(key: ResourceKey, projection: JsonValue): Promise<void> {
    const packed = await packJson(projection);
    if (packed.kind === "tooLarge") {
      const { cluster, namespace, name, kind } = key;
      const fields = { cluster, namespace, name, kind, bytes: packed.bytes };
      this.#log?.warn("projection is too large to be kept", fields);
      return this.remove(key);
    }
    const rowKey = rowKeyOf(rowIdOf(key));
    const { properties } = packed;
    await this.#table.write(partitionOf(key.cluster), [{ kind: "put", rowKey, properties }]);
  }

  async get(key: ResourceKey): Promise<JsonValue | undefined> {
    const entity = await this.#table.get(partitionOf(key.cluster), rowKeyOf(rowIdOf(key)));
    return entity === undefined ? undefined : unpackJson(entity);
  }

  async remove(key: ResourceKey): Promise<void> {
    const rowKey = rowKeyOf(rowIdOf(key));
    await this.#table.write(partitionOf(key.cluster), [{ kind: "delete", rowKey }]);
  }
}
