import { odata, type TableClient, type TransactionAction } from "@azure/data-tables";
import type {
  Entities,
  Entity,
  EntityPage,
  KeyRange,
  Operation,
  PageOptions,
  Properties,
  PropertyValue,
  Written,
} from "./entities.ts";
import { codeOf, statusOf, storageError } from "./storage-error.ts";

type RawEntity = Readonly<Record<string, unknown>>;

const keyNames = new Set(["partitionKey", "rowKey", "etag", "timestamp", "odata.metadata"]);

function isPropertyValue(value: unknown): value is PropertyValue {
  return (
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean" ||
    value instanceof Uint8Array
  );
}

function toEntity(raw: RawEntity, rowKey: string): Entity {
  const properties: Record<string, PropertyValue> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (keyNames.has(name) || !isPropertyValue(value)) continue;
    properties[name] = value instanceof Uint8Array ? new Uint8Array(value) : value;
  }
  return { rowKey, etag: String(raw["etag"] ?? ""), properties };
}

function toAction(partitionKey: string, operation: Operation): TransactionAction {
  const { rowKey } = operation;
  switch (operation.kind) {
    case "insert":
      return ["create", { ...operation.properties, partitionKey, rowKey }];
    case "put":
      return ["upsert", { ...operation.properties, partitionKey, rowKey }, "Replace"];
    case "merge":
      return [
        "update",
        { ...operation.properties, partitionKey, rowKey },
        "Merge",
        { etag: operation.etag ?? "*" },
      ];
    case "delete":
      return ["delete", { partitionKey, rowKey }];
  }
}

/** A table of an Azure storage account (or its emulator). The table is created once, before the first call. */
export class TableEntities implements Entities {
  readonly #client: TableClient;
  #created: Promise<void> | undefined;

  constructor(client: TableClient) {
    this.#client = client;
  }

  async get(
    partition: string,
    rowKey: string,
    select?: readonly string[],
  ): Promise<Entity | undefined> {
    await this.#ensure();
    const options = select === undefined ? {} : { queryOptions: { select: [...select] } };
    try {
      return toEntity(await this.#client.getEntity<RawEntity>(partition, rowKey, options), rowKey);
    } catch (error) {
      if (statusOf(error) === 404 && !this.#tableIsGone(error)) return undefined;
      throw storageError(error, this.#client.tableName);
    }
  }

  async page(partition: string, range: KeyRange, options: PageOptions = {}): Promise<EntityPage> {
    await this.#ensure();
    const { select, top, continuation } = options;
    const filter = odata`PartitionKey eq ${partition} and RowKey ge ${range.from} and RowKey lt ${range.before}`;
    const query = this.#client.listEntities<RawEntity>({
      queryOptions: {
        filter,
        ...(select === undefined ? {} : { select: ["rowKey", ...select] }),
      },
    });
    const pages = query.byPage({
      maxPageSize: top ?? 1000,
      ...(continuation === undefined ? {} : { continuationToken: continuation }),
    });
    try {
      const first = await pages.next();
      if (first.done === true) return { entities: [] };
      const entities = first.value.map((raw) => toEntity(raw, String(raw.rowKey ?? "")));
      return { entities, continuation: first.value.continuationToken };
    } catch (error) {
      throw storageError(error, this.#client.tableName);
    }
  }

  async write(partition: string, operations: readonly Operation[]): Promise<Written> {
    await this.#ensure();
    try {
      return { kind: "written", etags: await this.#submit(partition, operations) };
    } catch (error) {
      const status = statusOf(error);
      const refused = status === 404 || status === 409 || status === 412;
      if (refused && !this.#tableIsGone(error)) return { kind: "refused", status };
      throw storageError(error, this.#client.tableName);
    }
  }

  async #submit(
    partition: string,
    operations: readonly Operation[],
  ): Promise<(string | undefined)[]> {
    const only = operations[0];
    if (only !== undefined && operations.length === 1) return [await this.#single(partition, only)];
    const actions = operations.map((operation) => toAction(partition, operation));
    const answer = await this.#client.submitTransaction(actions);
    return answer.subResponses.map((response) => response.etag);
  }

  async #single(partitionKey: string, operation: Operation): Promise<string | undefined> {
    const { rowKey } = operation;
    const entity = (properties: Properties) => ({ ...properties, partitionKey, rowKey });
    switch (operation.kind) {
      case "insert":
        return (await this.#client.createEntity(entity(operation.properties))).etag;
      case "put":
        return (await this.#client.upsertEntity(entity(operation.properties), "Replace")).etag;
      case "merge": {
        const etag = operation.etag ?? "*";
        const changed = entity(operation.properties);
        return (await this.#client.updateEntity(changed, "Merge", { etag })).etag;
      }
      case "delete":
        await this.#client.deleteEntity(partitionKey, rowKey, { etag: operation.etag ?? "*" });
        return undefined;
    }
  }

  /** Somebody deleted the whole table: this call fails, the next one creates it again. */
  #tableIsGone(error: unknown): boolean {
    const gone = codeOf(error) === "TableNotFound";
    if (gone) this.#created = undefined;
    return gone;
  }

  async #ensure(): Promise<void> {
    this.#created ??= this.#client.createTable();
    try {
      await this.#created;
    } catch (error) {
      this.#created = undefined;
      throw storageError(error, this.#client.tableName);
    }
  }
}
