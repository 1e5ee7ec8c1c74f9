import { isJsonObject, type JsonObject } from "../../src/core/json.ts";
import type { ArmCredential } from "../../src/core/resource/credential.ts";
import type { Arm, ArmAnswer, ArmRequest, ArmResponse } from "../../src/ports/arm.ts";
import type { Tokens } from "../../src/ports/tokens.ts";
import { mergePatch } from "./in-memory-object-store.ts";

/** One request that reached ARM. `path` has no query; `apiVersion` is empty when the URL has none. */
export type ArmCall = {
  readonly method: ArmRequest["method"];
  readonly url: string;
  readonly path: string;
  readonly apiVersion: string;
  readonly body?: JsonObject;
  readonly principal: string;
};

/** How a PUT or DELETE of a type goes on: by an operation URL, a Location, or the resource's own provisioningState. */
export type LroPlan = {
  readonly via: "asyncOperation" | "location" | "body";
  /** How many polls find it still running. */
  readonly polls: number;
  readonly retryAfterSeconds?: number;
  /** The operation fails with this ARM error. */
  readonly error?: { readonly code: string; readonly message: string };
};

export type InMemoryArmOptions = {
  /** ARM type (any case) to the plan of its operations. Types without one are done at once. */
  readonly operations?: Readonly<
    Record<string, { readonly put?: LroPlan; readonly delete?: LroPlan }>
  >;
  /** Hosts beside the endpoint's that are answered. */
  readonly allowedHosts?: readonly string[];
  /** Asked once per request as the real adapter does; without it every credential is good. */
  readonly tokens?: Tokens;
};

export type Answering = ArmAnswer | ((call: ArmCall) => ArmAnswer | undefined);

type Operation = { left: number; readonly plan: LroPlan; readonly id: string; finish(): void };

type Script = {
  readonly method: ArmRequest["method"] | undefined;
  readonly path: RegExp;
  readonly answer: Answering;
};

const operationPath = "/providers/Microsoft.Test/locations/here/operations/";

/**
 * ARM in memory: PUT, GET, LIST and DELETE of any id with parent checks and cascading deletes, long-running operations by plan,
 * scripted answers before all else. What it says of hosts, tokens and aborts is the real adapter's contract.
 */
export class InMemoryArm implements Arm {
  readonly calls: ArmCall[] = [];
  readonly #options: InMemoryArmOptions;
  readonly #resources = new Map<string, JsonObject>();
  readonly #operations = new Map<string, Operation>();
  readonly #scripts: Script[] = [];
  #operationCount = 0;

  constructor(options: InMemoryArmOptions = {}) {
    this.#options = options;
  }

  /** Answers the next request that matches, instead of the store. A function that returns undefined lets the store answer. */
  answerNext(
    match: { readonly method?: ArmRequest["method"]; readonly path?: RegExp },
    answer: Answering,
  ): void {
    this.#scripts.push({ method: match.method, path: match.path ?? /./, answer });
  }

  /** Puts a resource there, without a request: somebody else made it. */
  put(id: string, body: JsonObject = {}): void {
    this.#resources.set(id.toLowerCase(), { id, name: nameOf(id), type: typeOf(id), ...body });
  }

  /** Ids of all resources, in lower case. */
  ids(): readonly string[] {
    return [...this.#resources.keys()];
  }

  resource(id: string): JsonObject | undefined {
    return structuredClone(this.#resources.get(id.toLowerCase()));
  }

  /** Changes a resource behind the controller's back, by JSON merge patch. */
  mutate(id: string, patch: JsonObject): void {
    const current = this.#resources.get(id.toLowerCase()) ?? {};
    this.#resources.set(id.toLowerCase(), mergePatch(current, patch) as JsonObject);
  }

  /** Deletes a resource and its children, without a request. */
  remove(id: string): void {
    for (const key of this.#resources.keys()) {
      if (key === id.toLowerCase() || key.startsWith(`${id.toLowerCase()}/`)) {
        this.#resources.delete(key);
      }
    }
  }

  /** Calls of one method, in order. */
  callsOf(method: ArmRequest["method"]): readonly ArmCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  async send(
    request: ArmRequest,
    credential: ArmCredential,
    signal: AbortSignal,
  ): Promise<ArmAnswer> {
    const { endpoint } = credential.cloud;
    const url = URL.parse(/^\/[^/]/.test(request.url) ? endpoint + request.url : request.url);
    const hosts = [URL.parse(endpoint)?.host, ...(this.#options.allowedHosts ?? [])];
    if (url?.protocol !== "https:" || !hosts.includes(url.host) || url.username !== "") {
      return unsent(`The ${request.method} was not sent: the host "${url?.host}" is not allowed.`);
    }
    if (signal.aborted) {
      return unsent(`The ${request.method} was not sent: the time for this call was over.`);
    }
    try {
      await this.#options.tokens?.armTokens(credential, signal);
    } catch (error) {
      return unsent(error instanceof Error ? error.message : String(error));
    }
    const call: ArmCall = {
      method: request.method,
      url: url.href,
      path: decodeURI(url.pathname),
      apiVersion: url.searchParams.get("api-version") ?? "",
      ...(request.body === undefined ? {} : { body: structuredClone(request.body) }),
      principal: credential.principal,
    };
    this.calls.push(call);
    return this.#scripted(call) ?? this.#answer(call, endpoint);
  }

  #scripted(call: ArmCall): ArmAnswer | undefined {
    const index = this.#scripts.findIndex(
      ({ method, path }) => (method ?? call.method) === call.method && path.test(call.path),
    );
    const [script] = index < 0 ? [] : this.#scripts.splice(index, 1);
    return typeof script?.answer === "function" ? script.answer(call) : script?.answer;
  }

  #answer(call: ArmCall, endpoint: string): ArmResponse {
    if (call.path.startsWith(operationPath)) {
      return this.#poll(call.path);
    }
    switch (call.method) {
      case "GET":
      case "HEAD":
        return this.#get(call.path);
      case "PUT":
        return this.#put(call, endpoint);
      case "DELETE":
        return this.#delete(call.path, endpoint);
      default:
        return armError(404, "ActionNotScripted", `nothing answers ${call.path}`);
    }
  }

  #get(path: string): ArmResponse {
    const operation = this.#operations.get(path.toLowerCase());
    if (operation !== undefined) {
      this.#step(operation, path.toLowerCase());
    }
    const found = this.#resources.get(path.toLowerCase());
    if (found !== undefined) {
      return json(200, found);
    }
    if (isCollection(path)) {
      return json(200, { value: this.#listed(path.toLowerCase()) });
    }
    return armError(404, "ResourceNotFound", `The Resource '${path}' was not found.`);
  }

  /** Members of a collection; below a subscription those of all its groups. */
  #listed(collection: string): JsonObject[] {
    const all = /^(\/subscriptions\/[^/]+\/)providers\/(.+)$/.exec(collection);
    const prefix = `${collection}/`;
    const belongs = (id: string): boolean =>
      all === null
        ? id.startsWith(prefix) && !id.slice(prefix.length).includes("/")
        : id.startsWith(all[1] ?? "") && typeOf(id).toLowerCase() === all[2];
    return [...this.#resources].filter(([id]) => belongs(id)).map(([, body]) => body);
  }

  #put(call: ArmCall, endpoint: string): ArmResponse {
    const { path } = call;
    const missing = this.#missingParent(path);
    if (missing !== undefined) {
      return missing;
    }
    const exists = this.#resources.has(path.toLowerCase());
    const plan = this.#planOf(path)?.put;
    const sent = call.body ?? {};
    const properties = isJsonObject(sent["properties"]) ? sent["properties"] : {};
    const running = exists ? "Updating" : "Creating";
    const provisioningState = plan === undefined ? "Succeeded" : running;
    this.put(path, { ...structuredClone(sent), properties: { ...properties, provisioningState } });
    if (plan === undefined) {
      return json(exists ? 200 : 201, this.resource(path));
    }
    const headers = this.#begin(plan, path, endpoint, () => {
      const state = plan.error === undefined ? "Succeeded" : "Failed";
      this.mutate(path, { properties: { provisioningState: state } });
    });
    const status = plan.via === "location" ? 202 : exists ? 200 : 201;
    return json(status, plan.via === "location" ? undefined : this.resource(path), headers);
  }

  #delete(path: string, endpoint: string): ArmResponse {
    if (!this.#resources.has(path.toLowerCase())) {
      return json(204, undefined);
    }
    const plan = this.#planOf(path)?.delete;
    if (plan === undefined) {
      this.remove(path);
      return json(200, undefined);
    }
    const finish = () => (plan.error === undefined ? this.remove(path) : undefined);
    return json(202, undefined, this.#begin(plan, path, endpoint, finish));
  }

  #begin(plan: LroPlan, id: string, endpoint: string, finish: () => void): Record<string, string> {
    const operation: Operation = { left: plan.polls, plan, id, finish };
    const pause: Record<string, string> =
      plan.retryAfterSeconds === undefined ? {} : { "retry-after": String(plan.retryAfterSeconds) };
    if (plan.via === "body") {
      this.#operations.set(id.toLowerCase(), operation);
      return pause;
    }
    this.#operationCount += 1;
    const path = `${operationPath}${this.#operationCount}`;
    this.#operations.set(path.toLowerCase(), operation);
    const header = plan.via === "location" ? "location" : "azure-asyncoperation";
    return { ...pause, [header]: `${endpoint}${path}?api-version=2020-01-01` };
  }

  #poll(path: string): ArmResponse {
    const operation = this.#operations.get(path.toLowerCase());
    if (operation === undefined) {
      return armError(404, "OperationNotFound", `The operation '${path}' was not found.`);
    }
    const { plan, id } = operation;
    const running = this.#step(operation, path.toLowerCase());
    const pause: Record<string, string> =
      plan.retryAfterSeconds === undefined ? {} : { "retry-after": String(plan.retryAfterSeconds) };
    if (plan.via === "location") {
      if (running) {
        return json(202, undefined, { ...pause, location: `https://${hostOf(this.calls)}${path}` });
      }
      return plan.error === undefined
        ? json(200, this.resource(id))
        : armError(409, plan.error.code, plan.error.message);
    }
    if (running) {
      return json(200, { status: "InProgress" }, pause);
    }
    return plan.error === undefined
      ? json(200, { status: "Succeeded" })
      : json(200, { status: "Failed", error: { ...plan.error } });
  }

  /** One poll further; true while the operation still runs. */
  #step(operation: Operation, key: string): boolean {
    if (operation.left > 0) {
      operation.left -= 1;
      return true;
    }
    operation.finish();
    if (operation.plan.via === "body") {
      this.#operations.delete(key);
    }
    return false;
  }

  #missingParent(path: string): ArmResponse | undefined {
    const group = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(path);
    if (group !== null && group[0] !== path && !this.#resources.has(group[0].toLowerCase())) {
      const message = `Resource group '${group[1]}' could not be found.`;
      return armError(404, "ResourceGroupNotFound", message);
    }
    const parent = parentOf(path);
    if (parent !== undefined && !this.#resources.has(parent.toLowerCase())) {
      return armError(404, "ParentResourceNotFound", `The parent '${parent}' was not found.`);
    }
    return undefined;
  }

  #planOf(path: string): { readonly put?: LroPlan; readonly delete?: LroPlan } | undefined {
    const type = typeOf(path).toLowerCase();
    const plans = Object.entries(this.#options.operations ?? {});
    return plans.find(([name]) => name.toLowerCase() === type)?.[1];
  }
}

/** An answer of ARM with a JSON body. */
export function json(
  status: number,
  body: JsonObject | undefined,
  headers: Readonly<Record<string, string>> = {},
): ArmResponse {
  const text = body === undefined ? "" : JSON.stringify(body);
  return { kind: "response", status, headers, text };
}

/** An ARM error answer (ARM RPC, error response format). */
export function armError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): ArmResponse {
  return json(status, { error: { code, message } }, headers);
}

function unsent(message: string): ArmAnswer {
  return { kind: "unanswered", sent: false, message };
}

/** Namespace and types after the last `/providers/`; names in between left out. */
function typeOf(id: string): string {
  const [, tail] = /.*\/providers\/(.+)$/i.exec(id) ?? [];
  if (tail === undefined) {
    return "Microsoft.Resources/resourceGroups";
  }
  const [namespace, ...rest] = tail.split("/");
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join("/");
}

function isCollection(path: string): boolean {
  const [, tail] = /.*\/providers\/(.+)$/i.exec(path) ?? [];
  return tail === undefined ? /\/resourceGroups$/i.test(path) : tail.split("/").length % 2 === 0;
}

/** The parent of a child resource; undefined for a top-level one. */
function parentOf(id: string): string | undefined {
  const [, tail] = /.*\/providers\/(.+)$/i.exec(id) ?? [];
  return tail !== undefined && tail.split("/").length > 3
    ? id.split("/").slice(0, -2).join("/")
    : undefined;
}

function nameOf(id: string): string {
  return id.split("/").at(-1) ?? "";
}

function hostOf(calls: readonly ArmCall[]): string {
  return new URL(calls.at(-1)?.url ?? "https://management.azure.com").host;
}
