import { describe, expect, it } from "vitest";
import { StorageWorkQueue } from "../../../src/adapters/storage/storage-work-queue.ts";
import { OperatorError } from "../../../src/core/errors.ts";
import type { ScanMessage, WakeMessage, WorkQueue } from "../../../src/ports/work-queue.ts";
import { InMemoryWorkQueue } from "../../doubles/in-memory-work-queue.ts";
import { key } from "./ledger-fixtures.ts";
import { useAzurite } from "./storage-target.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function wakeOf(name: string): WakeMessage {
  return { v: 1, ...key(name), uid: `uid-${name}`, wake: 3, traceparent };
}

const scan: ScanMessage = { v: 1, cluster: "west", traceparent };

function countsMessages(open: () => WorkQueue, names: readonly string[]): void {
  it("counts what it holds, delayed messages and poison queues included", async () => {
    const queue = open();

    await queue.sendReconcile([wakeOf("a"), wakeOf("b")]);
    await queue.sendOperation(wakeOf("c"), 60);
    await queue.sendScan(scan, 0);
    await queue.sendReconcile([]);

    const [scans, reconciles, operations] = names;
    expect(await queue.lengths()).toEqual({
      [`${scans}`]: 1,
      [`${scans}-poison`]: 0,
      [`${reconciles}`]: 2,
      [`${reconciles}-poison`]: 0,
      [`${operations}`]: 1,
      [`${operations}-poison`]: 0,
    });
  });
}

describe("the work queue in memory", () => {
  countsMessages(() => new InMemoryWorkQueue(), ["scan", "reconcile", "operation"]);
});

describe("the work queue in Azurite", () => {
  const storage = useAzurite();
  const names = { scan: "s-one", reconcile: "r-one", operation: "o-one" };
  const open = () => new StorageWorkQueue((name) => storage.account.queue(name), names);

  countsMessages(open, Object.values(names));

  it("sends Base64 JSON that never expires", async () => {
    await open().sendReconcile([wakeOf("ü")]);

    const client = storage.account.queue("r-one");
    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
    const last = receivedMessageItems.at(-1);
    const text = Buffer.from(last?.messageText ?? "", "base64").toString("utf8");

    expect(JSON.parse(text)).toEqual(wakeOf("ü"));
    expect(last?.expiresOn?.getUTCFullYear()).toBe(9999);
  });

  it("hides a delayed message until its time", async () => {
    const client = storage.account.queue("o-one");
    await client.createIfNotExists();
    await client.clearMessages();
    const queue = open();

    await queue.sendOperation(wakeOf("later"), 604_800.5);
    await queue.sendOperation(wakeOf("now"), 0);

    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
    expect(receivedMessageItems.length).toBe(1);
    expect((await queue.lengths())["o-one"]).toBe(2);
  });

  it("sends many messages at once", async () => {
    const client = storage.account.queue("r-one");
    await client.createIfNotExists();
    await client.clearMessages();

    await open().sendReconcile(Array.from({ length: 64 }, (_, index) => wakeOf(`n${index}`)));

    expect((await client.getProperties()).approximateMessagesCount).toBe(64);
  });

  it("says what storage answered when it cannot send", async () => {
    const impossible = { ...names, scan: "x" };
    const queue = new StorageWorkQueue((name) => storage.account.queue(name), impossible);

    const failure = await queue.sendScan(scan, 0).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(OperatorError);
    expect((failure as OperatorError).code).toBe("StorageAnswered");
  });
});
