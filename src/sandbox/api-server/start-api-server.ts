import { stringify } from "yaml";
import { OperatorError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { User } from "./http/exchange.ts";
import { handleRequest, notEvaluated } from "./http/handle-request.ts";
import { listen } from "./http/listen.ts";
import { ServiceAccountTokens } from "./http/service-account-tokens.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import { builtInTypes } from "./store/built-in-types.ts";
import { atVersion } from "./store/convert-version.ts";
import { createObject } from "./store/create-object.ts";
import { definitionType, isDefinitionType } from "./store/definitions.ts";
import { metadataText, withMetadata } from "./store/metadata.ts";
import { systemNamespaces } from "./store/namespaces.ts";
import { ObjectStore } from "./store/object-store.ts";
import { type ResourceType, servedVersion, storedVersion } from "./store/resource-type.ts";
import { TypeRegistry } from "./store/type-registry.ts";
import { replaceObject } from "./store/update-object.ts";
import type { Target, WriteOptions, Written } from "./store/write-target.ts";

/** What the embedded API server is started with. */
export type ApiServerOptions = {
  readonly clock: Clock;
  readonly random: Random;
  /** @default 0, a free port */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Certificate and key (PEM); plain HTTP without them. The certificate must cover the host. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /**
   * Users by bearer token. Without them there is one administrator with a random token or, over plain HTTP, where Kubernetes clients send
   * no tokens, none is needed.
   */
  readonly tokens?: Readonly<Record<string, User>>;
  /** What {@link ApiServerHandle.snapshot} returned in an earlier run. */
  readonly restore?: JsonValue;
  /** Events kept per type for watches that come back. @default 1000 */
  readonly historyLimit?: number;
  /** Garbage collection by ownerReference and the emptying of deleted namespaces. @default true */
  readonly emulateControllers?: boolean;
};

/** A running embedded API server. */
export type ApiServerHandle = {
  readonly url: string;
  /** The certificate as base64, for `certificate-authority-data`; undefined without TLS. */
  readonly caData: string | undefined;
  /** The bearer token of {@link ApiServerHandle.kubeconfig}: the first of the options' tokens. */
  readonly token: string;
  /** What the server leaves out of Kubernetes, for a note at start. */
  readonly notEvaluated: string;
  /** A kubeconfig file for kubectl and clients. */
  kubeconfig(): string;
  /** Creates the object, or replaces it when it exists (its status and finalizers are kept). Throws OperatorError `ConfigInvalid` when the server refuses it. */
  apply(object: JsonObject): JsonObject;
  /** An object at its stored version; undefined when the object or its kind does not exist. */
  get(apiVersion: string, kind: string, namespace: string, name: string): JsonObject | undefined;
  /** All objects of a kind at their stored version. */
  list(apiVersion: string, kind: string): JsonObject[];
  /** Grows with every change. */
  revision(): number;
  /** Everything the server holds, Secrets and the token signing key included. */
  snapshot(): JsonValue;
  stop(): Promise<void>;
};

const usualHistory = 1000;
const signingKey = "serviceAccountKey";

/** Starts an API server that keeps its objects in memory. Throws when the port is taken. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServerHandle> {
  const store = new ObjectStore({
    clock: options.clock,
    random: options.random,
    types: new TypeRegistry(builtInTypes),
    historyLimit: options.historyLimit ?? usualHistory,
    emulatesControllers: options.emulateControllers ?? true,
  });
  const saved = isJsonObject(options.restore) ? options.restore : undefined;
  if (saved !== undefined) restore(store, saved);
  createNamespaces(store);
  const serviceAccounts = new ServiceAccountTokens(store, saved?.[signingKey]);
  const tokens = new Map(Object.entries(options.tokens ?? administrator(options.random)));
  const host = options.host ?? "127.0.0.1";
  const isOpen = options.tokens === undefined && options.tls === undefined;
  const anonymous = isOpen ? { user: "admin", groups: ["system:masters"] } : undefined;
  const context = { store, serviceAccounts, tokens, anonymous };
  const listener = await listen((request) => handleRequest(context, request), {
    host,
    port: options.port ?? 0,
    tls: options.tls,
  });
  const url = `${options.tls === undefined ? "http" : "https"}://${host}:${listener.port}`;
  serviceAccounts.issuer = url;
  const [token = ""] = tokens.keys();
  const caData = options.tls && Buffer.from(options.tls.cert).toString("base64");
  return {
    url,
    caData,
    token,
    notEvaluated,
    kubeconfig: () => kubeconfig(url, caData, token),
    apply: (object) => seed(store, object),
    get: (apiVersion, kind, namespace, name) => read(store, { apiVersion, kind }, namespace, name),
    list: (apiVersion, kind) => readAll(store, { apiVersion, kind }),
    revision: () => store.revision,
    snapshot: () => ({ ...store.snapshot(), [signingKey]: serviceAccounts.exportKey() }),
    stop: () => listener.stop(),
  };
}

function administrator(random: Random): Record<string, User> {
  return { [random.uuid()]: { user: "admin", groups: ["system:masters"] } };
}

function restore(store: ObjectStore, saved: JsonObject): void {
  store.restore(saved);
  const definitions = store.types.all().find(isDefinitionType);
  if (definitions === undefined) return;
  for (const crd of store.list(definitions, "")) {
    const type = definitionType(crd);
    if (type !== undefined) store.types.register(type);
  }
}

function createNamespaces(store: ObjectStore): void {
  const type = store.types.get("", "namespaces");
  if (type === undefined) return;
  for (const name of systemNamespaces) {
    if (store.get(type, "", name) !== undefined) continue;
    seed(store, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, "kube-apiserver");
  }
}

function seed(store: ObjectStore, object: JsonObject, manager = "sandbox"): JsonObject {
  const target = targetOf(store, object);
  if (target === undefined) {
    const context = { apiVersion: String(object["apiVersion"]), kind: String(object["kind"]) };
    throw new OperatorError("ConfigInvalid", "the API server does not serve this kind", context);
  }
  const options: WriteOptions = { manager, dryRun: false, validation: "Strict" };
  const outcome = createOrReplace(store, target, object, options);
  if (isRefusal(outcome)) {
    throw new OperatorError("ConfigInvalid", String(outcome.status["message"]));
  }
  return outcome.object;
}

function createOrReplace(
  store: ObjectStore,
  target: Target,
  object: JsonObject,
  options: WriteOptions,
): Written | Refusal {
  const stored = store.get(target.type, target.namespace, target.name);
  if (stored === undefined) return createObject(store, target, object, options);
  const finalizers = stored["metadata"];
  const kept = isJsonObject(finalizers) ? finalizers["finalizers"] : undefined;
  const next = withMetadata(object, {
    resourceVersion: metadataText(stored, "resourceVersion"),
    finalizers: kept,
  });
  return replaceObject(store, target, next, options);
}

function targetOf(store: ObjectStore, object: JsonObject): Target | undefined {
  const type = store.types.ofObject(object);
  const name = String(object["apiVersion"]).split("/").at(-1) ?? "";
  const version = type && servedVersion(type, name);
  if (type === undefined || version === undefined) return undefined;
  const namespace = type.namespaced ? metadataText(object, "namespace") || "default" : "";
  return { type, version, namespace, name: metadataText(object, "name"), subresource: "" };
}

function read(
  store: ObjectStore,
  of: JsonObject,
  namespace: string,
  name: string,
): JsonObject | undefined {
  const type = store.types.ofObject(of);
  const stored = type && store.get(type, namespace, name);
  return type === undefined || stored === undefined ? undefined : shown(type, stored);
}

function readAll(store: ObjectStore, of: JsonObject): JsonObject[] {
  const type = store.types.ofObject(of);
  return type === undefined ? [] : store.list(type, "").map((stored) => shown(type, stored));
}

function shown(type: ResourceType, stored: JsonObject): JsonObject {
  const version = storedVersion(type);
  return version === undefined ? stored : atVersion(type, version, stored);
}

function kubeconfig(url: string, caData: string | undefined, token: string): string {
  const name = "sandbox";
  const cluster = caData === undefined ? {} : { "certificate-authority-data": caData };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: url, ...cluster } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  });
}
