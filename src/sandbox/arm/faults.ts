import type { Fault } from "./types.ts";

type Active = {
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  skip: number;
  left: number;
};

/** Injected faults, in the order they were given; the first that matches is used up by one. */
export class Faults {
  #active: Active[] = [];

  /** Throws SyntaxError when `path` is no regular expression. */
  add(fault: Fault): void {
    const path = fault.path === undefined ? undefined : new RegExp(fault.path, "i");
    const count = fault.count ?? 1;
    this.#active.push({
      fault,
      path,
      skip: fault.skip ?? 0,
      left: count < 0 ? Number.POSITIVE_INFINITY : count,
    });
  }

  clear(): void {
    this.#active = [];
  }

  list(): readonly Fault[] {
    return this.#active.map((a) => a.fault);
  }

  /** The fault for a request, if any. Token requests are hit only by faults that name a path. */
  match(method: string, path: string, isTokenRequest: boolean): Fault | undefined {
    for (const active of this.#active) {
      if (!hits(active, method, path, isTokenRequest)) continue;
      if (active.skip > 0) {
        active.skip -= 1;
        continue;
      }
      active.left -= 1;
      this.#active = this.#active.filter((a) => a.left > 0);
      return active.fault;
    }
    return undefined;
  }
}

function hits(active: Active, method: string, path: string, isTokenRequest: boolean): boolean {
  const { fault } = active;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  // An operation can only fail where one is started.
  if (fault.lro !== undefined && method !== "PUT" && method !== "DELETE") return false;
  return active.path === undefined ? !isTokenRequest : active.path.test(path);
}
