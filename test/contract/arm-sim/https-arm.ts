import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import https from "node:https";
import { promisify } from "node:util";
import type { JsonValue } from "../../../src/core/json.ts";
import { startArm } from "../../../src/sandbox/arm/start-arm.ts";
import type { ArmHandle, ArmOptions } from "../../../src/sandbox/arm/types.ts";
import { createSelfSigned, type SelfSigned } from "../../../src/sandbox/tls/self-signed.ts";

export const subscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
export const group = `${subscription}/resourceGroups/rg`;
export const vnet = `${group}/providers/Microsoft.Network/virtualNetworks/v`;

export type HttpsArm = { arm: ArmHandle; tls: SelfSigned };

/** An embedded ARM on free ports with a certificate of its own. */
export async function startHttpsArm(options: Partial<ArmOptions> = {}): Promise<HttpsArm> {
  const tls = createSelfSigned();
  const clock = { now: () => Date.now() };
  const random = { next: () => Math.random(), uuid: () => randomUUID() };
  return { arm: await startArm({ tls, clock, random, ...options }), tls };
}

export type HttpAnswer = {
  status: number;
  headers: Record<string, string>;
  body: JsonValue | undefined;
  text: string;
};

/** One request with a valid token; `path` may be a whole URL. Rejects when the connection is closed. */
export async function request(
  { arm, tls }: HttpsArm,
  method: string,
  path: string,
  body?: JsonValue,
): Promise<HttpAnswer> {
  const url = new URL(path.startsWith("https:") ? path : `${arm.url}${path}`);
  if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", "2024-03-01");
  return await new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${arm.token()}` };
    const call = https.request(url, { method, ca: tls.cert, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const parsed = text === "" ? undefined : (JSON.parse(text) as JsonValue);
        const flat = Object.fromEntries(
          Object.entries(response.headers).map(([k, v]) => [k, String(v)]),
        );
        resolve({ status: response.statusCode ?? 0, headers: flat, body: parsed, text });
      });
    });
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Runs a command to its end; never rejects because of its exit code. */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], {
      env,
      timeout: 60_000,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const failed = error as { code?: number | string; stdout?: string; stderr?: string };
    if (typeof failed.code !== "number") throw error;
    return { code: failed.code, output: `${failed.stdout ?? ""}${failed.stderr ?? ""}` };
  }
}
