import Module from "node:module";
import {
  type FunctionCallback,
  type FunctionMetadata,
  type HookCallback,
  type HookContext,
  type HookName,
  hookNames,
  type ProgrammingModel,
} from "./core-types.ts";

/** A function as the app has registered it. */
export type RegisteredFunction = {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
};

/** What the app registered while it was loaded. */
export interface Registry {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  /** Data that hooks share for the life of the app. */
  readonly appHookData: HookContext;
  /** Throws when the app set none (it registered nothing). */
  model(): ProgrammingModel;
  /** From now on a registration throws, as in the worker. */
  freeze(): void;
  runHooks(name: HookName, context: HookContext): Promise<void>;
  /** Log hooks are synchronous; what they return is not awaited. */
  runLogHooks(context: HookContext): void;
}

/** Takes a line that the programming model logs about itself. */
export type SystemLog = (level: string, category: string, message: string) => void;

/** An error the worker blames on the use of its API; the functions library looks at the flag. */
function systemError(error: Error): Error {
  return Object.assign(error, { isAzureFunctionsSystemError: true });
}

/** The object that `require("@azure/functions-core")` gives to the functions library, and what was registered through it. */
export function createCoreApi(log: SystemLog): {
  readonly api: object;
  readonly registry: Registry;
} {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<HookName, HookCallback[]>(hookNames.map((name) => [name, []]));
  const appHookData: HookContext = {};
  let model: ProgrammingModel | undefined;
  let frozen = false;

  const hooksOf = (name: HookName): HookCallback[] => {
    const list = hooks.get(name);
    if (list !== undefined) return list;
    throw systemError(new RangeError(`Unrecognized hook "${name}"`));
  };
  const api = {
    version: "3.14.1",
    hostVersion: "4.1052.200",
    Disposable,
    registerFunction(metadata: FunctionMetadata, callback: FunctionCallback) {
      if (frozen) {
        throw systemError(new Error("A function can only be registered during app startup."));
      }
      if (functions.has(metadata.name)) {
        throw systemError(new Error(`A function named "${metadata.name}" exists already.`));
      }
      functions.set(metadata.name, { metadata, callback });
      return new Disposable(() => functions.delete(metadata.name));
    },
    registerHook(name: HookName, callback: HookCallback) {
      const list = hooksOf(name);
      list.push(callback);
      return new Disposable(() => list.splice(list.indexOf(callback), 1));
    },
    setProgrammingModel(value: ProgrammingModel) {
      model = value;
    },
    getProgrammingModel: () => model,
    log,
  };
  const registry: Registry = {
    functions,
    appHookData,
    model() {
      if (model !== undefined) return model;
      throw new Error("The app registered no function: nothing in it called @azure/functions.");
    },
    freeze() {
      frozen = true;
    },
    async runHooks(name, context) {
      for (const hook of hooksOf(name)) await hook(context);
    },
    runLogHooks(context) {
      for (const hook of hooksOf("log")) hook(context);
    },
  };
  return { api, registry };
}

class Disposable {
  #dispose: (() => unknown) | undefined;
  constructor(dispose?: () => unknown) {
    this.#dispose = dispose;
  }
  dispose(): void {
    this.#dispose?.();
    this.#dispose = undefined;
  }
}

/**
 * Answers every `require("@azure/functions-core")` of this process with `api`, the way the worker does. Must run before the app
 * is loaded: the functions library asks once and remembers a failure. Returns what takes the answer back.
 */
export function installCoreApi(api: object): () => void {
  const original = Module.prototype.require;
  Module.prototype.require = new Proxy(original, {
    apply: (target, self, args: [string]) =>
      args[0] === "@azure/functions-core" ? api : Reflect.apply(target, self, args),
  });
  return () => {
    Module.prototype.require = original;
  };
}
