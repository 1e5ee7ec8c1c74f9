/** A property value that a table stores without conversion. Times are stored as padded text, never as numbers beyond 32 bits. */
export type PropertyValue = string | number | boolean | Uint8Array;

/** Properties of one entity, keys excluded. */
export type Properties = Readonly<Record<string, PropertyValue>>;

/** One stored entity of a partition. */
export type Entity = {
  readonly rowKey: string;
  readonly etag: string;
  readonly properties: Properties;
};

/** One change of one entity. Within a call, each entity may appear once. */
export type Operation =
  /** Refused with 409 when the entity exists. */
  | { readonly kind: "insert"; readonly rowKey: string; readonly properties: Properties }
  /** Inserts or replaces; never refused. */
  | { readonly kind: "put"; readonly rowKey: string; readonly properties: Properties }
  /** Changes the named properties. Refused with 404 when absent, with 412 when `etag` is not the current one. */
  | {
      readonly kind: "merge";
      readonly rowKey: string;
      readonly properties: Properties;
      readonly etag?: string;
    }
  /** Refused with 404 when absent. `etag` is honoured only where the delete is the single operation of the call. */
  | { readonly kind: "delete"; readonly rowKey: string; readonly etag?: string };

/** `refused`: nothing was changed, because one operation's condition does not hold. */
export type Written =
  | { readonly kind: "written"; readonly etags: readonly (string | undefined)[] }
  | { readonly kind: "refused"; readonly status: 404 | 409 | 412 };

/** Row keys from `from` (included) to `before` (excluded), in ordinal order. */
export type KeyRange = { readonly from: string; readonly before: string };

/** What one page of a range query returns. */
export type PageOptions = {
  /** Properties to return, the row key always included; all when absent. */
  readonly select?: readonly string[];
  /** At most this many entities, 1,000 at most. */
  readonly top?: number;
  /** Where the previous page ended. */
  readonly continuation?: string | undefined;
};

/** One page of a range query, in the order of the row keys. */
export type EntityPage = {
  readonly entities: readonly Entity[];
  /** Present while more entities may follow. */
  readonly continuation?: string | undefined;
};

/** Operations of one entity-group transaction at most (Table service limit). */
export const maxOperations = 100;

/**
 * One table, as little of it as the adapters need: the seam where storage calls are counted, and made to fail in tests.
 * Every method is one request. Answers that no rule covers throw OperatorError `StorageAnswered`.
 */
export interface Entities {
  get(partition: string, rowKey: string, select?: readonly string[]): Promise<Entity | undefined>;
  page(partition: string, range: KeyRange, options?: PageOptions): Promise<EntityPage>;
  /** All operations or none; one entity-group transaction when there is more than one, at most {@link maxOperations}. */
  write(partition: string, operations: readonly Operation[]): Promise<Written>;
}

/** Every entity of a range, page by page. */
export async function* listEntities(
  table: Entities,
  partition: string,
  range: KeyRange,
  select?: readonly string[],
): AsyncGenerator<Entity> {
  let continuation: string | undefined;
  do {
    const page = await table.page(partition, range, {
      ...(select === undefined ? {} : { select }),
      continuation,
    });
    yield* page.entities;
    continuation = page.continuation;
  } while (continuation !== undefined);
}

/** A text property; empty when absent. */
export function textOf(entity: Entity, name: string): string {
  const value = entity.properties[name];
  return typeof value === "string" ? value : "";
}

/** A whole number, stored as number or as padded text; 0 when absent. */
export function numberOf(entity: Entity, name: string): number {
  const value = entity.properties[name];
  if (typeof value === "number") return value;
  return typeof value === "string" && value !== "" ? Number(value) : 0;
}
