import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import type { WatchAnswer } from "../../../src/sandbox/api-server/http/exchange.ts";
import { handleRequest } from "../../../src/sandbox/api-server/http/handle-request.ts";
import { ServiceAccountTokens } from "../../../src/sandbox/api-server/http/service-account-tokens.ts";
import { builtInTypes } from "../../../src/sandbox/api-server/store/built-in-types.ts";
import { ObjectStore } from "../../../src/sandbox/api-server/store/object-store.ts";
import { TypeRegistry } from "../../../src/sandbox/api-server/store/type-registry.ts";

/** An API server without sockets, with a clock that stands still and names that count up. */
export type TestServer = {
  readonly store: ObjectStore;
  readonly clock: { ms: number };
  send(method: string, path: string, body?: JsonValue, options?: SendOptions): TestAnswer;
  /** Starts a watch; the returned lines grow. */
  watch(path: string): {
    readonly events: JsonObject[];
    readonly isOver: () => boolean;
    stop(): void;
  };
};

export type SendOptions = {
  readonly contentType?: string;
  readonly accept?: string;
  readonly token?: string;
  readonly ifNoneMatch?: string;
};

export type TestAnswer = {
  readonly code: number;
  readonly body: JsonObject;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
};

export const start = Date.UTC(2026, 0, 1);

export function aServer(
  options: { readonly historyLimit?: number; readonly emulatesControllers?: boolean } = {},
): TestServer {
  const clock = { ms: start };
  let count = 0;
  const store = new ObjectStore({
    clock: { now: () => clock.ms },
    random: { next: () => 0.5, uuid: () => `uid-${++count}` },
    types: new TypeRegistry(builtInTypes),
    historyLimit: options.historyLimit ?? 100,
    emulatesControllers: options.emulatesControllers ?? true,
  });
  const serviceAccounts = new ServiceAccountTokens(store, undefined);
  serviceAccounts.issuer = "https://server";
  const tokens = new Map([["token", { user: "admin", groups: ["system:masters"] }]]);
  const context = { store, serviceAccounts, tokens, anonymous: undefined };
  const request = (method: string, path: string, body?: JsonValue, sent: SendOptions = {}) => {
    const url = new URL(path, "http://server");
    const usual = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return handleRequest(context, {
      method,
      path: url.pathname,
      query: url.searchParams,
      accept: sent.accept ?? "application/json",
      contentType: sent.contentType ?? usual,
      ifNoneMatch: sent.ifNoneMatch ?? "",
      userAgent: "tester/1.0",
      authorization: `Bearer ${sent.token ?? "token"}`,
      body: new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body)),
    });
  };
  const server: TestServer = {
    store,
    clock,
    send(method, path, body, sent) {
      const answer = request(method, path, body, sent);
      if (answer.kind === "watch") throw new Error("a watch has no single answer");
      const { code, text, headers } = answer;
      return { code, text, headers, body: text.startsWith("{") ? JSON.parse(text) : {} };
    },
    watch(path) {
      const answer = request("GET", path);
      if (answer.kind !== "watch") throw new Error(`not a watch: ${answer.text}`);
      return follow(answer);
    },
  };
  server.send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
  return server;
}

function follow(answer: WatchAnswer) {
  const events: JsonObject[] = [];
  let over = false;
  const stop = answer.start(
    (line) => events.push(JSON.parse(line)),
    () => {
      over = true;
    },
  );
  return { events, isOver: () => over, stop };
}

/** A definition with one version per name; the last one is stored. */
export function aDefinition(
  spec: JsonObject,
  versions: Readonly<Record<string, JsonObject>> = {},
): JsonObject {
  const all = Object.entries({ ...versions, v2: spec });
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.test.azure.com" },
    spec: {
      group: "test.azure.com",
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget", shortNames: ["gd"] },
      versions: all.map(([name, properties], index) => ({
        name,
        served: true,
        storage: index === all.length - 1,
        subresources: { status: {} },
        additionalPrinterColumns: [
          {
            name: "Ready",
            type: "string",
            jsonPath: ".status.conditions[?(@.type=='Ready')].status",
          },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      })),
    },
  };
}

export const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const gadgets = "/apis/test.azure.com/v2/namespaces/default/gadgets";

export function aGadget(
  name: string,
  spec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  return { apiVersion: "test.azure.com/v2", kind: "Gadget", metadata: { name, ...metadata }, spec };
}

/** A server that serves Gadgets with a few fields. */
export function aGadgetServer(options?: Parameters<typeof aServer>[0]): TestServer {
  const server = aServer(options);
  const answer = server.send("POST", definitions, aDefinition(gadgetFields));
  if (answer.code !== 201) throw new Error(answer.text);
  return server;
}

const text = { type: "string" };
const gadgetFields: JsonObject = {
  location: text,
  count: { type: "integer", minimum: 1, maximum: 10 },
  sku: { type: "string", enum: ["Basic", "Standard"], default: "Basic" },
  zones: { type: "array", items: text },
  tags: { type: "object", additionalProperties: text },
  rules: {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    items: {
      type: "object",
      required: ["name"],
      properties: { name: text, priority: { type: "integer", default: 5 } },
    },
  },
};

/** A value deep inside JSON. */
export function at(
  value: JsonValue | undefined,
  ...path: readonly (string | number)[]
): JsonValue | undefined {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = typeof found === "object" && found !== null ? found[key] : undefined;
  }
  return found;
}
