import { QueueClient, RestError } from "@azure/storage-queue";
import { OperatorError } from "../../core/errors.ts";

/** A message as the service hands it out: leased until `nextVisible`. */
export type LeasedMessage = {
  readonly id: string;
  readonly popReceipt: string;
  /** The stored text, still encoded. */
  readonly text: string;
  /** 1 on the first delivery. */
  readonly dequeueCount: number;
  readonly inserted: Date;
  readonly expires: Date;
  readonly nextVisible: Date;
};

/** One storage queue as the host uses it. */
export interface MessageQueue {
  readonly name: string;
  /** Leases up to `count` messages; empty when there are none or no such queue. */
  receive(count: number, leaseSeconds: number): Promise<readonly LeasedMessage[]>;
  /** Makes a leased message visible again after `seconds`; returns the new pop receipt. */
  hide(id: string, popReceipt: string, seconds: number): Promise<string>;
  /** `gone`: it was changed or deleted by somebody else, the app itself for example. */
  remove(id: string, popReceipt: string): Promise<"removed" | "gone">;
  /** Appends a message without expiry and creates the queue when there is none. */
  send(text: string): Promise<void>;
}

const neverExpires = -1;
/** The listeners come again by themselves; the retries are for deleting what was done. */
const retryOptions = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1000 };

/**
 * A queue of Azure Storage. `connectionString` is the value of the connection setting. Throws OperatorError `ConfigInvalid` when it
 * is not a connection string: identity-based connections exist in Azure only.
 */
export function createStorageQueue(connectionString: string, name: string): MessageQueue {
  const client = connect(connectionString, name.toLowerCase());
  return {
    name: client.name,
    async receive(count, leaseSeconds) {
      try {
        const answer = await client.receiveMessages({
          numberOfMessages: count,
          visibilityTimeout: leaseSeconds,
        });
        return answer.receivedMessageItems.map((item) => ({
          id: item.messageId,
          popReceipt: item.popReceipt,
          text: item.messageText,
          dequeueCount: item.dequeueCount,
          inserted: item.insertedOn,
          expires: item.expiresOn,
          nextVisible: item.nextVisibleOn,
        }));
      } catch (error) {
        if (statusOf(error) === 404) return [];
        throw error;
      }
    },
    async hide(id, popReceipt, seconds) {
      const answer = await client.updateMessage(id, popReceipt, undefined, seconds);
      return answer.popReceipt ?? popReceipt;
    },
    async remove(id, popReceipt) {
      try {
        await client.deleteMessage(id, popReceipt);
        return "removed";
      } catch (error) {
        const status = statusOf(error);
        if (status === 404 || status === 400) return "gone";
        throw error;
      }
    },
    async send(text) {
      const options = { messageTimeToLive: neverExpires };
      try {
        await client.sendMessage(text, options);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await client.createIfNotExists();
        await client.sendMessage(text, options);
      }
    },
  };
}

function connect(connectionString: string, name: string): QueueClient {
  try {
    return new QueueClient(connectionString, name, { retryOptions });
  } catch (error) {
    throw new OperatorError(
      "ConfigInvalid",
      `The queue "${name}" cannot be opened: its connection setting holds no connection string. The local host knows no identity-based connections.`,
      {},
      error,
    );
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof RestError ? error.statusCode : undefined;
}
