import { describe, expect, it } from "vitest";
import type { Entities, Properties } from "../../../src/adapters/storage/entities.ts";
import { encodePart } from "../../../src/adapters/storage/table-keys.ts";
import { TableRegistry } from "../../../src/adapters/storage/table-registry.ts";
import type { Log } from "../../../src/ports/log.ts";
import type { ClusterEntry } from "../../../src/ports/registry.ts";
import { onEachStorage } from "./storage-target.ts";

const local: ClusterEntry = {
  name: "local",
  auth: { kind: "kubeconfig", path: "/config" },
  paused: false,
  scanMode: "watch",
  operatorNamespace: "own",
};
const entra = { kind: "entra", server: "https://west.example", caData: "Q0E=" } as const;

async function register(table: Entities, name: string, properties: Properties): Promise<void> {
  await table.write("cluster", [{ kind: "put", rowKey: encodePart(name), properties }]);
}

function open(table: Entities, entries: ClusterEntry[] = [local], problems: string[] = []) {
  const ignore = () => undefined;
  const error = (message: string) => void problems.push(message);
  const log: Log = { debug: ignore, info: ignore, warn: ignore, error };
  const time = { now: 0 };
  const clock = { now: () => time.now };
  const options = { entries, operatorNamespace: "default-ns", clock, log };
  return { registry: new TableRegistry(table, options), time };
}

describe("the registry", () => {
  onEachStorage((target) => {
    it("lists static entries and those of the table", async () => {
      const table = target.table();
      await register(table, "West #1", { auth: JSON.stringify(entra), scanMode: "watch" });
      const { registry } = open(table);

      expect(await registry.list()).toEqual([
        local,
        {
          name: "West #1",
          auth: entra,
          paused: false,
          scanMode: "watch",
          operatorNamespace: "default-ns",
        },
      ]);
    });

    it("lets the table pause a static entry, but not change it", async () => {
      const table = target.table();
      await register(table, "local", { auth: JSON.stringify(entra), paused: true });

      expect(await open(table).registry.list()).toEqual([{ ...local, paused: true }]);
    });

    it("pauses and resumes entries of both sorts, but for one that the settings pause", async () => {
      const table = target.table();
      await register(table, "west", { auth: JSON.stringify(entra) });
      const { registry } = open(table, [local, { ...local, name: "fixed", paused: true }]);
      const paused = async () =>
        (await registry.list()).filter((one) => one.paused).map(({ name }) => name);

      expect(await registry.setPaused("local", true)).toBe("done");
      expect(await registry.setPaused("west", true)).toBe("done");
      expect((await paused()).toSorted()).toEqual(["fixed", "local", "west"]);
      expect(await registry.setPaused("local", false)).toBe("done");
      expect(await registry.setPaused("fixed", false)).toBe("fixed");
      expect((await paused()).toSorted()).toEqual(["fixed", "west"]);
    });

    it("lists the namespaces of an entry, or those that count for all", async () => {
      const table = target.table();
      const auth = JSON.stringify(entra);
      await register(table, "own", { auth, namespaces: "a, b" });
      await register(table, "other", { auth });
      const clock = { now: () => 0 };
      const options = { entries: [], operatorNamespace: "ns", namespaces: ["all"], clock };

      const found = await new TableRegistry(table, options).list();

      expect(found.map(({ name, namespaces }) => [name, namespaces])).toEqual([
        ["other", ["all"]],
        ["own", ["a", "b"]],
      ]);
    });

    it("leaves out a malformed entry and says so", async () => {
      const table = target.table();
      await register(table, "broken", { auth: "{" });
      await register(table, "wrong", { auth: JSON.stringify({ kind: "entra", server: "west" }) });
      await register(table, "good", { auth: JSON.stringify(entra) });
      const problems: string[] = [];
      const { registry } = open(table, [local], problems);

      expect((await registry.list()).map(({ name }) => name)).toEqual(["local", "good"]);
      expect(problems.length).toBe(2);
    });

    it("asks the table again only after a while", async () => {
      const table = target.table();
      const { registry, time } = open(table);
      await registry.list();
      await register(table, "new", { auth: JSON.stringify(entra) });
      const before = target.requests();

      time.now = 14_999;
      expect((await registry.list()).length).toBe(1);
      expect(target.requests()).toBe(before);
      time.now = 15_000;
      expect((await registry.list()).length).toBe(2);
    });

    it("binds a kube-system uid to one name, and refuses it to another registered one", async () => {
      const { registry } = open(target.table(), [local, { ...local, name: "second" }]);

      expect(await registry.bindUid("local", "uid-1")).toEqual({ kind: "bound" });
      expect(await registry.bindUid("local", "uid-1")).toEqual({ kind: "bound" });
      expect(await registry.bindUid("second", "uid-1")).toEqual({
        kind: "conflict",
        with: "local",
      });
      expect(await registry.bindUid("second", "uid-2")).toEqual({ kind: "bound" });
      expect(await registry.bindUid("local", "uid-3")).toEqual({ kind: "bound" });
    });

    it("lets a renamed entry take its uid along", async () => {
      const table = target.table();
      await open(table, [{ ...local, name: "old" }]).registry.bindUid("old", "uid-1");

      const renamed = open(table, [{ ...local, name: "new" }]).registry;

      expect(await renamed.bindUid("new", "uid-1")).toEqual({ kind: "bound" });
    });

    it("binds a uid to one of two names at once", async () => {
      const { registry } = open(target.table(), [local, { ...local, name: "second" }]);

      const answers = await Promise.all([
        registry.bindUid("local", "uid-1"),
        registry.bindUid("second", "uid-1"),
      ]);

      expect(answers.map(({ kind }) => kind).sort()).toEqual(["bound", "conflict"]);
    });
  });
});
