import { OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonValue } from "../../core/json.ts";
import type { Checkpoint, Checkpoints, ScanLease } from "../../ports/documents.ts";
import { type Entities, type Entity, numberOf } from "./entities.ts";
import { packJson, unpackJson } from "./packed-json.ts";
import { encodePart, padTime } from "./table-keys.ts";

const checkpointKey = "checkpoint";
const leaseKey = "lease";

function toCheckpoint(value: JsonValue | undefined): Checkpoint | undefined {
  if (!isJsonObject(value) || !isJsonObject(value["versions"])) return undefined;
  const versions = Object.entries(value["versions"]).map(([kind, version]) => [kind, `${version}`]);
  return {
    uid: String(value["uid"] ?? ""),
    listedAt: Number(value["listedAt"] ?? 0),
    versions: Object.fromEntries(versions),
    namespaces: String(value["namespaces"] ?? ""),
    problem: String(value["problem"] ?? ""),
    reachedAt: Number(value["reachedAt"] ?? 0),
  };
}

/** Scan state in one table: partition = cluster, one entity for the checkpoint (compressed) and one for the lease. */
export class TableCheckpoints implements Checkpoints {
  readonly #table: Entities;

  constructor(table: Entities) {
    this.#table = table;
  }

  async read(cluster: string): Promise<Checkpoint | undefined> {
    const entity = await this.#table.get(encodePart(cluster), checkpointKey);
    return entity === undefined ? undefined : toCheckpoint(await unpackJson(entity));
  }

  async write(cluster: string, checkpoint: Checkpoint): Promise<void> {
    const packed = await packJson({ ...checkpoint, versions: { ...checkpoint.versions } });
    if (packed.kind === "tooLarge") {
      throw new OperatorError("Bug", "a checkpoint does not fit an entity", { cluster });
    }
    await this.#table.write(encodePart(cluster), [
      { kind: "put", rowKey: checkpointKey, properties: packed.properties },
    ]);
  }

  async acquire(cluster: string, now: number, leaseMs: number): Promise<ScanLease | undefined> {
    const entity = await this.#lease(cluster);
    if (entity !== undefined && numberOf(entity, "until") > now) return undefined;
    const epoch = entity === undefined ? 1 : numberOf(entity, "epoch") + 1;
    const lease = { cluster, epoch, until: now + leaseMs };
    return (await this.#store(lease, entity)) ? lease : undefined;
  }

  /** An expired lease that nobody took since is still the holder's. */
  async renew(lease: ScanLease, now: number, leaseMs: number): Promise<ScanLease | undefined> {
    const entity = await this.#lease(lease.cluster);
    if (entity === undefined || numberOf(entity, "epoch") !== lease.epoch) return undefined;
    const renewed = { ...lease, until: now + leaseMs };
    return (await this.#store(renewed, entity)) ? renewed : undefined;
  }

  async release(lease: ScanLease): Promise<void> {
    const entity = await this.#lease(lease.cluster);
    if (entity === undefined || numberOf(entity, "epoch") !== lease.epoch) return;
    await this.#store({ ...lease, until: 0 }, entity);
  }

  async running(cluster: string, now: number): Promise<boolean> {
    const entity = await this.#lease(cluster);
    return entity !== undefined && numberOf(entity, "until") > now;
  }

  #lease(cluster: string): Promise<Entity | undefined> {
    return this.#table.get(encodePart(cluster), leaseKey);
  }

  /** False when another holder was faster. */
  async #store(lease: ScanLease, before: Entity | undefined): Promise<boolean> {
    const properties = { epoch: lease.epoch, until: padTime(lease.until) };
    const rowKey = leaseKey;
    const answer = await this.#table.write(encodePart(lease.cluster), [
      before === undefined
        ? { kind: "insert", rowKey, properties }
        : { kind: "merge", rowKey, properties, etag: before.etag },
    ]);
    return answer.kind === "written";
  }
}
