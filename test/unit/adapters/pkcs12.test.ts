import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPkcs12 } from "../../../src/adapters/identity/pkcs12.ts";

let folder: string;
const openssl = (...args: readonly string[]): void => {
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
};

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pkcs12-"));
  for (const name of ["issuer", "own"])
    openssl(
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`],
      ...["-keyout", `${name}.key`, "-out", `${name}.pem`],
    );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function container(password: string, ...more: readonly string[]): string {
  openssl(
    ...["pkcs12", "-export", "-inkey", "own.key", "-in", "own.pem", "-certfile", "issuer.pem"],
    ...["-out", "c.p12", "-passout", `pass:${password}`, ...more],
  );
  return readFileSync(path.join(folder, "c.p12")).toString("base64");
}

const threeDes = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"];

describe("a PKCS12 certificate", () => {
  it.each([
    ["as OpenSSL writes it", "p4ss", []],
    ["as Key Vault and Windows write it", "p4ss", threeDes],
    ["without a password", "", threeDes],
  ])("%s is read, its own certificate first", async (_what, password, more) => {
    const content = await readPkcs12(container(password, ...more), password);

    if (content.kind !== "pem") throw new Error(content.problem);
    const own = new X509Certificate(content.pem);
    expect(own.subject).toBe("CN=own");
    expect(own.checkPrivateKey(createPrivateKey(content.pem))).toBe(true);
    expect(content.pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  it.each([
    ["a wrong password", () => container("p4ss"), "wr0ng", "password is not the right one"],
    ["no key", () => container("p4ss", "-nokeys"), "p4ss", "no certificate with its private key"],
    ["cut off", () => container("p4ss").slice(0, 400), "p4ss", "it cannot be read"],
    ["no Base64", () => "§§§", "p4ss", "it cannot be read"],
  ])("with %s is told, without a word of it", async (_what, make, password, problem) => {
    expect(await readPkcs12(make(), password)).toEqual({
      kind: "unreadable",
      problem: expect.stringContaining(problem),
    });
  });
});
