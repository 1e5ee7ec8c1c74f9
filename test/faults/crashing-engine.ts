import type { Engine } from "../../src/controller/engine.ts";
import { OperatorError } from "../../src/core/errors.ts";
import type { ArmAnswer } from "../../src/ports/arm.ts";
import type { Cluster } from "../../src/ports/cluster.ts";

/**
 * What goes wrong at an effect. The process dies `before` it, or `after` it and before anybody learned of it; or the call fails while
 * the process goes on: `refused` before anything was done, `unanswered` after it was. `never`: nothing, only counting.
 */
export type Plan = {
  readonly when: "before" | "after" | "refused" | "unanswered" | "never";
  /** Picks the effect to die at by its number and name. */
  readonly at: (number: number, name: string) => boolean;
};

export type Life = {
  readonly engine: Engine;
  /** Effects in order, as `port.method subject`. */
  readonly effects: readonly string[];
  /** Rejects with {@link Crash} when the process dies. */
  readonly death: Promise<never>;
};

export class Crash extends Error {}

/** Whatever changes something outside of the process. Everything else is a read, and harmless to die at. */
const effectsOf = {
  ledger: ["observe", "wakeWaiting", "dispatch", "claim", "renew", "save", "release", "remove"],
  queue: ["sendReconcile", "sendOperation", "sendScan"],
  ownership: ["claim", "release"],
  deletions: ["count", "pause", "confirm"],
  identities: ["note"],
  projections: ["put", "remove"],
  checkpoints: ["write", "acquire", "renew", "release"],
  arm: ["send"],
  budget: [],
  cluster: ["patchMetadata", "replaceStatus", "writeExport", "recordEvent"],
} as const;
type Port = keyof typeof effectsOf;

/**
 * One life of the process over the ports of `engine`. After its death no call of it ever does or answers anything again, as with
 * kill -9: nothing is caught, nothing is cleaned up.
 */
export function crashingEngine(engine: Engine, plan: Plan): Life {
  const effects: string[] = [];
  const never = new Promise<never>(() => undefined);
  const { promise: death, reject } = Promise.withResolvers<never>();
  death.catch(() => undefined);
  let isDead = false;
  const die = (name: string): Promise<never> => {
    isDead = true;
    reject(new Crash(`died ${plan.when} ${name}`));
    return never;
  };

  const act = async (name: string, call: () => unknown): Promise<unknown> => {
    const isPlanned = plan.when !== "never" && plan.at(effects.length, name);
    effects.push(name);
    const before = plan.when === "before" || plan.when === "refused";
    if (isPlanned && before) return plan.when === "before" ? die(name) : fail(name, false);
    const result = await call();
    if (isDead) return never;
    if (!isPlanned) return result;
    return plan.when === "after" ? die(name) : fail(name, true);
  };

  const wrap = <T extends object>(port: Port, target: T): T =>
    new Proxy(target, {
      get(object, method) {
        const value: unknown = Reflect.get(object, method, object);
        if (typeof value !== "function") return value;
        const call = value.bind(object) as (...args: unknown[]) => unknown;
        const isEffect = (effectsOf[port] as readonly string[]).includes(String(method));
        if (!isEffect) return (...args: unknown[]) => (isDead ? never : call(...args));
        return (...args: unknown[]): unknown =>
          isDead ? never : act(`${port}.${String(method)} ${subjectOf(args)}`, () => call(...args));
      },
    });

  const wrapped: Engine = {
    ...engine,
    ledger: wrap("ledger", engine.ledger),
    queue: wrap("queue", engine.queue),
    ownership: wrap("ownership", engine.ownership),
    deletions: wrap("deletions", engine.deletions),
    identities: wrap("identities", engine.identities),
    projections: wrap("projections", engine.projections),
    checkpoints: wrap("checkpoints", engine.checkpoints),
    arm: wrap("arm", engine.arm),
    budget: wrap("budget", engine.budget),
    clusters: {
      get: async (name): Promise<Cluster> => wrap("cluster", await engine.clusters.get(name)),
    },
  };
  return { engine: wrapped, effects, death };
}

/** As the adapters tell of it: ARM's failures are values, all others are thrown. */
function fail(name: string, isDone: boolean): ArmAnswer {
  const message = `${name} failed: ECONNRESET`;
  if (name.startsWith("arm.")) return { kind: "unanswered", sent: isDone, message };
  throw new OperatorError(
    name.startsWith("cluster.") ? "ClusterUnreachable" : "StorageAnswered",
    message,
  );
}

/** What an effect is about, for the name of a failing case: an ARM request, or the kind of a resource. */
function subjectOf(args: readonly unknown[]): string {
  const [first] = args;
  if (typeof first !== "object" || first === null) return "";
  const found = first as {
    readonly method?: string;
    readonly url?: string;
    readonly kind?: string;
    readonly row?: { readonly key: { readonly kind: string } };
  };
  if (found.method !== undefined && found.url !== undefined)
    return `${found.method} ${found.url.split("?", 1)[0]?.split("/").slice(-2).join("/")}`;
  return found.kind ?? found.row?.key.kind ?? "";
}
