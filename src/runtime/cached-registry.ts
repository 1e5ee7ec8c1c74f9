import type { Clock } from "../ports/clock.ts";
import type { ClusterEntry, Registry } from "../ports/registry.ts";

/** How long a change of the registry may go unnoticed. */
const keptMs = 10_000;

/** Reads the registry at most every ten seconds: it is asked for every message. */
export class CachedRegistry implements Registry {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #bound = new Map<string, string>();
  #kept: { readonly at: number; readonly entries: Promise<readonly ClusterEntry[]> } | undefined;

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  async list(): Promise<readonly ClusterEntry[]> {
    const now = this.#clock.now();
    if (this.#kept === undefined || now - this.#kept.at >= keptMs) {
      const entries = this.#registry.list();
      this.#kept = { at: now, entries };
      entries.catch(() => {
        this.#kept = undefined;
      });
    }
    return this.#kept.entries;
  }

  async bindUid(name: string, uid: string): ReturnType<Registry["bindUid"]> {
    if (this.#bound.get(name) === uid) return { kind: "bound" };
    const bound = await this.#registry.bindUid(name, uid);
    if (bound.kind === "bound") this.#bound.set(name, uid);
    return bound;
  }
}
