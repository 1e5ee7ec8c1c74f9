import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import type { ArmCredential } from "../../../src/core/resource/credential.ts";
import type { Arm, ArmAnswer, ArmRequest } from "../../../src/ports/arm.ts";
import {
  type ArmCall,
  InMemoryArm,
  type InMemoryArmOptions,
  json,
} from "../../doubles/in-memory-arm.ts";

/** After this time an operation of which nobody polls the URL is over, in milliseconds. */
const orphanedMs = 20_000;

/** Collections that a parent shows whole, and that a PUT of the parent replaces. */
const embedded: Readonly<Record<string, string>> = {
  "microsoft.network/virtualnetworks": "subnets",
  "microsoft.network/networksecuritygroups": "securityRules",
  "microsoft.network/routetables": "routes",
};

/**
 * ARM as its resource providers behave: they add fields of their own, normalise locations, hide passwords, embed
 * children in parents and delete those that a parent's PUT leaves out. `inner` is the store behind it.
 */
export class WorldArm implements Arm {
  readonly inner: InMemoryArm;
  /** Time of every call, beside `inner.calls`. */
  readonly times: number[] = [];
  /** Answer to the next listing of keys. */
  failNextKeys: ArmAnswer | undefined;
  readonly #now: () => number;
  readonly #putAt = new Map<string, number>();

  constructor(options: InMemoryArmOptions, now: () => number) {
    this.inner = new InMemoryArm(options);
    this.#now = now;
  }

  async send(
    request: ArmRequest,
    credential: ArmCredential,
    signal: AbortSignal,
  ): Promise<ArmAnswer> {
    this.#settle(request);
    const before = this.inner.calls.length;
    const answer = await this.inner.send(request, credential, signal);
    const call = this.inner.calls[before];
    if (call === undefined) return answer;
    this.times.push(this.#now());
    if (answer.kind !== "response") return answer;
    if (call.method === "PUT" && answer.status < 300) this.#replaceChildren(call);
    if (call.method === "POST" && /\/listKeys$/i.test(call.path)) return this.#keys();
    return answer.text === "" ? answer : { ...answer, text: this.#shown(answer.text) };
  }

  /** An operation ends by itself, whether or not anybody asks after it at its URL. */
  #settle(request: ArmRequest): void {
    const path = decodeURI(request.url.replace(/^https:\/\/[^/]+/, "").split("?", 1)[0] ?? "");
    if (request.method === "PUT") this.#putAt.set(path, this.#now());
    const properties = this.inner.resource(path)?.["properties"];
    const state = isJsonObject(properties) ? properties["provisioningState"] : undefined;
    if (request.method !== "GET" || (state !== "Creating" && state !== "Updating")) return;
    if (this.#now() - (this.#putAt.get(path) ?? this.#now()) >= orphanedMs)
      this.inner.mutate(path, { properties: { provisioningState: "Succeeded" } });
  }

  /** A resource as a GET shows it. */
  resource(id: string): JsonObject | undefined {
    const stored = this.inner.resource(id);
    return stored === undefined ? undefined : this.#decorated(stored);
  }

  #keys(): ArmAnswer {
    const answer = this.failNextKeys ?? json(200, accountKeys);
    this.failNextKeys = undefined;
    return answer;
  }

  #replaceChildren(call: ArmCall): void {
    const name = embedded[typeOf(call.path)];
    if (name === undefined) return;
    const properties = call.body?.["properties"];
    const sent = isJsonObject(properties) ? properties[name] : undefined;
    const kept = new Set(
      (Array.isArray(sent) ? sent : []).flatMap((child) =>
        isJsonObject(child) ? [String(child["name"]).toLowerCase()] : [],
      ),
    );
    for (const id of this.#childrenOf(call.path, name))
      if (!kept.has(id.slice(id.lastIndexOf("/") + 1))) this.inner.remove(id);
  }

  #childrenOf(id: string, name: string): readonly string[] {
    const prefix = `${id}/${name}/`.toLowerCase();
    return this.inner
      .ids()
      .filter((one) => one.startsWith(prefix) && !one.slice(prefix.length).includes("/"));
  }

  #shown(text: string): string {
    const body = JSON.parse(text) as JsonObject;
    const list = body["value"];
    if (Array.isArray(list))
      return JSON.stringify({
        ...body,
        value: list.map((one) => (isJsonObject(one) ? this.#decorated(one) : one)),
      });
    return JSON.stringify(typeof body["id"] === "string" ? this.#decorated(body) : body);
  }

  #decorated(body: JsonObject): JsonObject {
    const id = String(body["id"]);
    const type = typeOf(id);
    const sent = isJsonObject(body["properties"]) ? body["properties"] : {};
    const { administratorLoginPassword: _hidden, ...properties } = sent;
    const children = embedded[type];
    return {
      ...body,
      etag: 'W/"1"',
      ...(typeof body["location"] === "string" ? { location: normalised(body["location"]) } : {}),
      properties: {
        ...properties,
        ...(added[type] ?? {}),
        ...(children === undefined
          ? {}
          : {
              [children]: this.#childrenOf(id, children).map((child): JsonValue => {
                const found = this.inner.resource(child);
                return found === undefined ? null : this.#decorated(found);
              }),
            }),
      },
    };
  }
}

const added: Readonly<Record<string, JsonObject>> = {
  "microsoft.managedidentity/userassignedidentities": {
    principalId: "11111111-1111-4111-8111-111111111111",
    clientId: "22222222-2222-4222-8222-222222222222",
    tenantId: "33333333-3333-4333-8333-333333333333",
  },
  "microsoft.storage/storageaccounts": {
    primaryEndpoints: { blob: "https://account.blob.core.windows.net/" },
  },
  "microsoft.network/virtualnetworks": { resourceGuid: "44444444-4444-4444-8444-444444444444" },
};

const accountKeys: JsonObject = {
  keys: [
    { keyName: "key1", value: "canary-account-key-1", permissions: "FULL" },
    { keyName: "key2", value: "canary-account-key-2", permissions: "FULL" },
  ],
};

function normalised(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
}

/** ARM type of an id, in lower case. */
function typeOf(id: string): string {
  const [, tail = ""] = /.*\/providers\/(.+)$/i.exec(id) ?? [];
  const [namespace = "", ...rest] = tail.split("/");
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join("/").toLowerCase();
}
