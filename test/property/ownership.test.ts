import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entities } from "../../src/adapters/storage/entities.ts";
import { TableOwnership } from "../../src/adapters/storage/table-ownership.ts";
import type { Holder, Permit } from "../../src/ports/ownership.ts";
import { InMemoryTable } from "../doubles/in-memory-table.ts";

const armId = "/subscriptions/s/resourceGroups/rg";
const writeMs = 100;
const names = ["one", "two", "three"] as const;
const holderOf = (cluster: string): Holder => ({
  cluster,
  group: "resources.azure.com",
  kind: "ResourceGroup",
  namespace: "team",
  name: "rg",
  uid: `uid of ${cluster}`,
});

/** Steps of a worker; `sleep` moves the clock for all. A write that is not settled is lost: its worker hangs or has died. */
const steps = fc.oneof(
  fc.record({ do: fc.constantFrom("claim", "permit", "settle", "release", "take" as const) }),
  fc.record({ do: fc.constant("sleep" as const), ms: fc.integer({ min: 1, max: 150 }) }),
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

type Write = { readonly by: string; readonly from: number; until: number };
type Shared = { now: number; readonly writes: Write[] };

/** One worker of each holder: what the ledger's leases see to. */
class Worker {
  readonly #ownership: TableOwnership;
  readonly #shared: Shared;
  readonly #self: Holder;
  readonly #open: { readonly permit: Permit; readonly write: Write }[] = [];
  #epoch = 0;

  constructor(ownership: TableOwnership, cluster: string, shared: Shared) {
    this.#ownership = ownership;
    this.#shared = shared;
    this.#self = holderOf(cluster);
  }

  async work(todo: readonly Step[]): Promise<void> {
    for (const step of todo) {
      if (step.do === "sleep") this.#shared.now += step.ms;
      else await this[step.do]();
    }
  }

  async claim(): Promise<void> {
    const claimed = await this.#ownership.claim(armId, this.#self, this.#term());
    if (claimed.kind === "free") this.#opened(claimed.permit);
    if (claimed.kind === "held") this.#epoch = claimed.owned.epoch;
  }

  async permit(): Promise<void> {
    const answer = await this.#ownership.permit(armId, this.#self, this.#epoch, this.#term());
    if (answer.kind === "permitted") this.#opened(answer.permit);
  }

  /** The last write ends; those before it may be lost, and under way as long as they were permitted. */
  async settle(): Promise<void> {
    const last = this.#open.pop();
    if (last === undefined) return;
    last.write.until = Math.min(last.write.until, this.#shared.now);
    await this.#ownership.settle(armId, this.#self, last.permit, true);
  }

  async release(): Promise<void> {
    await this.#ownership.release(armId, this.#self, this.#shared.now);
  }

  /** Takes the id from whoever has it, and asks to write at once. */
  async take(): Promise<void> {
    const owned = await this.#ownership.get(armId);
    if (owned !== undefined && owned.holder.cluster !== this.#self.cluster)
      await this.#ownership.move(armId, owned, this.#self, this.#shared.now);
    await this.claim();
    await this.permit();
  }

  #opened(permit: Permit): void {
    this.#epoch = permit.epoch;
    const { now, writes } = this.#shared;
    if (permit.until <= now) return;
    const write = { by: this.#self.cluster, from: now, until: permit.until };
    writes.push(write);
    this.#open.push({ permit, write });
  }

  #term(): { now: number; writeMs: number } {
    return { now: this.#shared.now, writeMs };
  }
}

/** Every request to storage waits for its turn; the turns are the test's to choose. */
function interleaved(scheduler: fc.Scheduler): Entities {
  const table = new InMemoryTable();
  return {
    get: scheduler.scheduleFunction(table.get.bind(table)),
    page: scheduler.scheduleFunction(table.page.bind(table)),
    write: scheduler.scheduleFunction(table.write.bind(table)),
  };
}

test("at no interleaving two holders may write to one ARM id at the same time", async () => {
  let writes = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.tuple(...names.map(() => fc.array(steps, { minLength: 2, maxLength: 12 }))),
      async (scheduler, plans) => {
        const ownership = new TableOwnership(interleaved(scheduler));
        const shared: Shared = { now: 1_000, writes: [] };
        const workers = names.map((name, index) =>
          new Worker(ownership, name, shared).work(plans[index] ?? []),
        );
        await scheduler.waitFor(Promise.all(workers));
        for (const [at, one] of shared.writes.entries())
          for (const other of shared.writes.slice(at + 1)) {
            if (one.by === other.by) continue;
            const isApart = one.until <= other.from || other.until <= one.from;
            expect(isApart, JSON.stringify([one, other])).toBe(true);
          }
        writes += new Set(shared.writes.map(({ by }) => by)).size > 1 ? 1 : 0;
      },
    ),
    { numRuns: 1500 },
  );
  expect(writes, "runs in which more than one holder wrote").toBeGreaterThan(100);
}, 60_000);
