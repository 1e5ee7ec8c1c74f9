import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSelfSigned } from "../../../src/sandbox/tls/self-signed.ts";
import { run } from "./https-arm.ts";

const tls = createSelfSigned(["localhost", "127.0.0.1", "::1"]);
const server = https.createServer(tls, (_request, response) => {
  response
    .writeHead(404, { "Content-Type": "application/json" })
    .end('{"kind":"Status","code":404,"message":"nothing here"}');
});
let port = 0;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "self-signed-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const assets = process.env["KUBEBUILDER_ASSETS"];
const bundled = assets === undefined ? "" : path.join(assets, "kubectl");
const binary = existsSync(bundled) ? bundled : "kubectl";

async function kubectl(ca: string, host: string): Promise<string> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: { token: "t" } }],
    clusters: [
      {
        name: "c",
        cluster: {
          server: `https://${host}:${port}`,
          "certificate-authority-data": Buffer.from(ca).toString("base64"),
        },
      },
    ],
  };
  const file = path.join(folder, "kubeconfig.json");
  await writeFile(file, JSON.stringify(config));
  const env = { PATH: process.env["PATH"], HOME: folder };
  return (await run(binary, ["--kubeconfig", file, "get", "--raw", "/anything"], env)).output;
}

describe("a self-signed certificate", () => {
  test("is its own authority and names every host", () => {
    const certificate = new X509Certificate(tls.cert);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    for (const ip of ["127.0.0.1", "::1"]) expect(certificate.checkIP(ip)).toBeDefined();
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkHost("example.org")).toBeUndefined();
  });

  test("is valid from a day before until the given number of days, also after 2049", () => {
    const certificate = new X509Certificate(
      createSelfSigned(["a"], { now: Date.UTC(2026, 0, 2), days: 365 * 30 }).cert,
    );
    expect(new Date(certificate.validFrom).toISOString()).toBe("2026-01-01T00:00:00.000Z");
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2055);
  });

  test.each(["localhost", "127.0.0.1"])("lets Node verify a connection to %s", async (host) => {
    const script = `fetch("https://${host}:${port}/").then((r) => console.log(r.status), (e) => console.log(e.cause.code))`;
    const ca = path.join(folder, "ca.pem");
    await writeFile(ca, tls.cert);
    const env = { PATH: process.env["PATH"] };
    expect(
      (
        await run(process.execPath, ["-e", script], { ...env, NODE_EXTRA_CA_CERTS: ca })
      ).output.trim(),
    ).toBe("404");
    expect((await run(process.execPath, ["-e", script], env)).output.trim()).toBe(
      "DEPTH_ZERO_SELF_SIGNED_CERT",
    );
  });

  test("lets kubectl verify a connection, and no other certificate does", async () => {
    for (const host of ["localhost", "127.0.0.1"])
      expect(await kubectl(tls.cert, host)).toContain("(NotFound)");
    expect(await kubectl(createSelfSigned().cert, "localhost")).toMatch(
      /certificate signed by unknown authority|failed to verify certificate/,
    );
  });
});
