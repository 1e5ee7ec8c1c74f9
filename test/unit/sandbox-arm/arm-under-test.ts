import { isJsonObject, type JsonObject, type JsonValue } from "../../../src/core/json.ts";
import { issueToken } from "../../../src/sandbox/arm/access-token.ts";
import { handleRequest } from "../../../src/sandbox/arm/handle-request.ts";
import type { SettingsPatch } from "../../../src/sandbox/arm/types.ts";
import { createWorld, type World } from "../../../src/sandbox/arm/world.ts";

export const subscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
export const group = `${subscription}/resourceGroups/rg`;
export const network = `${group}/providers/Microsoft.Network`;
export const vnet = `${network}/virtualNetworks/v`;
export const account = `${group}/providers/Microsoft.Storage/storageAccounts/abc`;
export const server = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/pg`;
const base = "https://localhost:8443";

export type Got = {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: JsonValue | undefined;
};

/** A world with a clock that is moved by hand and ids that are counted. */
export class ArmUnderTest {
  now = Date.UTC(2026, 0, 1);
  readonly world: World;
  #ids = 0;
  #client = "tester";

  constructor(settings: SettingsPatch = {}) {
    const uuid = (): string => {
      this.#ids += 1;
      return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, "0")}`;
    };
    this.world = createWorld({ now: () => this.now }, { next: () => 0.5, uuid }, settings);
  }

  /** The same world asked by another principal. */
  as(client: string): this {
    this.#client = client;
    return this;
  }

  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  /** One request; undefined when the connection was dropped. `path` without api-version gets one. */
  tryCall(
    method: string,
    path: string,
    body?: JsonValue | string,
    headers: Record<string, string> = {},
  ): Got | undefined {
    const url = new URL(path.startsWith("https:") ? path : `${base}${path}`);
    if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", "2024-03-01");
    return this.raw(method, url, body, { authorization: `Bearer ${this.token()}`, ...headers });
  }

  raw(
    method: string,
    url: URL,
    body: JsonValue | string | undefined,
    headers: Record<string, string>,
  ): Got | undefined {
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const reply = handleRequest(this.world, { method, url, headers, text }, base);
    if (reply.kind === "dropped") return undefined;
    const { status, headers: sent = {}, body: shown } = reply.answer;
    return { status, headers: sent, body: shown };
  }

  call(method: string, path: string, body?: JsonValue | string): Got {
    const got = this.tryCall(method, path, body);
    if (got === undefined) throw new Error(`${method} ${path} was dropped`);
    return got;
  }

  token(): string {
    const expires = Math.floor(this.now / 1000) + 3600;
    const claims = {
      client: this.#client,
      tenant: "00000000-0000-0000-0000-000000000002",
      audience: base,
      expires,
    };
    return issueToken(claims, this.now);
  }

  /** A world with the group in it. */
  static withGroup(settings: SettingsPatch = {}): ArmUnderTest {
    const arm = new ArmUnderTest(settings);
    arm.call("PUT", group, { location: "westus" });
    return arm;
  }
}

/** A member at a `.`-separated path of a body. */
export function at(body: JsonValue | undefined, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const key of path.split(".")) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isJsonObject(value) ? value[key] : undefined;
  }
  return value;
}

export function names(body: JsonValue | undefined, path = "value"): string[] {
  const list = at(body, path);
  return (Array.isArray(list) ? list : []).map((each) => String(at(each, "name")));
}

export function code(got: Got): string {
  return String(at(got.body, "error.code"));
}

export const newVnet: JsonObject = {
  location: "westus",
  properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
};
export const newAccount: JsonObject = {
  location: "West US",
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
};
