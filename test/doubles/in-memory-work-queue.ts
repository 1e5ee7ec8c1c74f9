import type { ScanMessage, WakeMessage, WorkQueue } from "../../src/ports/work-queue.ts";

/** A message with the delay it was sent with. */
export type SentMessage<Message> = {
  readonly message: Message;
  readonly visibleInSeconds: number;
};

/** The three queues in memory: what was sent stays until it is taken. */
export class InMemoryWorkQueue implements WorkQueue {
  readonly reconcile: SentMessage<WakeMessage>[] = [];
  readonly operation: SentMessage<WakeMessage>[] = [];
  readonly scan: SentMessage<ScanMessage>[] = [];

  async sendReconcile(messages: readonly WakeMessage[]): Promise<void> {
    for (const message of messages) this.reconcile.push({ message, visibleInSeconds: 0 });
  }

  async sendOperation(message: WakeMessage, visibleInSeconds: number): Promise<void> {
    this.operation.push({ message, visibleInSeconds });
  }

  async sendScan(message: ScanMessage, visibleInSeconds: number): Promise<void> {
    this.scan.push({ message, visibleInSeconds });
  }

  /** Takes all messages of a queue. */
  take<Name extends "reconcile" | "operation" | "scan">(name: Name): InMemoryWorkQueue[Name] {
    return this[name].splice(0) as InMemoryWorkQueue[Name];
  }

  async lengths(): Promise<Readonly<Record<string, number>>> {
    const names = ["scan", "reconcile", "operation"] as const;
    const lengths = names.flatMap((name) => [
      [name, this[name].length] as const,
      [`${name}-poison`, 0] as const,
    ]);
    return Object.fromEntries(lengths);
  }
}
