import type { LeasedMessage, MessageQueue } from "../../../src/sandbox/host/message-queue.ts";

type Stored = { id: string; text: string; receipt: number; count: number; visibleAt: number };

/** A queue in memory, by the rules of the service: leases, pop receipts that change, dequeue counts. */
export interface MemoryQueue extends MessageQueue {
  put(text: string, dequeueCount?: number): void;
  /** Stored texts, with the time each becomes visible. */
  contents(): readonly {
    readonly text: string;
    readonly visibleAt: number;
    readonly count: number;
  }[];
  receives(): number;
}

export function memoryQueue(name: string, now: () => number): MemoryQueue {
  const stored: Stored[] = [];
  let nextId = 1;
  let receives = 0;
  const find = (id: string, popReceipt: string) =>
    stored.find((item) => item.id === id && String(item.receipt) === popReceipt);
  const lease = (item: Stored, seconds: number): LeasedMessage => {
    item.count += 1;
    item.receipt += 1;
    item.visibleAt = now() + seconds * 1000;
    const date = new Date(now());
    return {
      id: item.id,
      popReceipt: String(item.receipt),
      text: item.text,
      dequeueCount: item.count,
      inserted: date,
      expires: date,
      nextVisible: new Date(item.visibleAt),
    };
  };
  const put = (text: string, dequeueCount = 0) => {
    stored.push({ id: String(nextId), text, receipt: 0, count: dequeueCount, visibleAt: now() });
    nextId += 1;
  };
  return {
    name,
    put,
    contents: () => stored.map(({ text, visibleAt, count }) => ({ text, visibleAt, count })),
    receives: () => receives,
    async receive(count, seconds) {
      receives += 1;
      const visible = stored.filter((item) => item.visibleAt <= now()).slice(0, count);
      return visible.map((item) => lease(item, seconds));
    },
    async hide(id, popReceipt, seconds) {
      const item = find(id, popReceipt);
      if (item === undefined) throw new Error("PopReceiptMismatch");
      item.receipt += 1;
      item.visibleAt = now() + seconds * 1000;
      return String(item.receipt);
    },
    async remove(id, popReceipt) {
      const item = find(id, popReceipt);
      if (item === undefined) return "gone";
      stored.splice(stored.indexOf(item), 1);
      return "removed";
    },
    async send(text) {
      put(text);
    },
  };
}
