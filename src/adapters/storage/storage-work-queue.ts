import type { QueueClient } from "@azure/storage-queue";
import type { ScanMessage, WakeMessage, WorkQueue } from "../../ports/work-queue.ts";
import { bounded } from "./bounded.ts";
import { statusOf, storageError } from "./storage-error.ts";

type QueueNames = {
  readonly scan: string;
  readonly reconcile: string;
  readonly operation: string;
};

const sendWidth = 16;
/** The service's own limit of the visibility delay: seven days. */
const maxDelaySeconds = 604_800;

/** The three queues over Azure Queue storage. Each is created once, before its first message. */
export class StorageWorkQueue implements WorkQueue {
  readonly #open: (name: string) => QueueClient;
  readonly #names: QueueNames;
  readonly #clients = new Map<string, Promise<QueueClient>>();

  constructor(open: (name: string) => QueueClient, names: QueueNames) {
    this.#open = open;
    this.#names = names;
  }

  async sendReconcile(messages: readonly WakeMessage[]): Promise<void> {
    await bounded(messages, sendWidth, (message) => this.#send(this.#names.reconcile, message, 0));
  }

  sendOperation(message: WakeMessage, visibleInSeconds: number): Promise<void> {
    return this.#send(this.#names.operation, message, visibleInSeconds);
  }

  sendScan(message: ScanMessage, visibleInSeconds: number): Promise<void> {
    return this.#send(this.#names.scan, message, visibleInSeconds);
  }

  async lengths(): Promise<Readonly<Record<string, number>>> {
    const names = Object.values(this.#names).flatMap((name) => [name, `${name}-poison`]);
    const counts = await bounded(names, sendWidth, (name) => this.#length(name));
    return Object.fromEntries(names.map((name, index) => [name, counts[index] ?? 0]));
  }

  async #send(name: string, message: object, visibleInSeconds: number): Promise<void> {
    const client = await this.#client(name);
    const text = Buffer.from(JSON.stringify(message), "utf8").toString("base64");
    const delay = Math.min(Math.max(Math.ceil(visibleInSeconds), 0), maxDelaySeconds);
    try {
      await client.sendMessage(text, { messageTimeToLive: -1, visibilityTimeout: delay });
    } catch (error) {
      if (statusOf(error) === 404) this.#clients.delete(name);
      throw storageError(error, name);
    }
  }

  /** Poison queues are the host's; they exist only after something was poisoned. */
  async #length(name: string): Promise<number> {
    try {
      return (await this.#open(name).getProperties()).approximateMessagesCount ?? 0;
    } catch (error) {
      if (statusOf(error) === 404) return 0;
      throw storageError(error, name);
    }
  }

  async #client(name: string): Promise<QueueClient> {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = this.#create(name);
      this.#clients.set(name, client);
    }
    try {
      return await client;
    } catch (error) {
      this.#clients.delete(name);
      throw storageError(error, name);
    }
  }

  async #create(name: string): Promise<QueueClient> {
    const client = this.#open(name);
    await client.createIfNotExists();
    return client;
  }
}
