import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its private key, both PEM. */
export type SelfSigned = { readonly cert: string; readonly key: string };

const dayMs = 86_400_000;

/** DER of one value: tag, length, content. */
function der(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const digits: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) digits.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length, ...digits]), body]);
}

const sequence = (...content: Uint8Array[]): Buffer => der(0x30, ...content);
const octets = (content: Uint8Array): Buffer => der(0x04, content);
const bits = (content: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content);
const isTrue = der(0x01, Buffer.from([0xff]));

/** An object identifier of the given arcs. */
function oid(...arcs: number[]): Buffer {
  const [first = 0, second = 0, ...rest] = arcs;
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) septets.unshift(0x80 | (left & 0x7f));
    bytes.push(...septets);
  }
  return der(0x06, Buffer.from(bytes));
}

/** A time as UTCTime until 2049, then GeneralizedTime (RFC 5280, 4.1.2.5). */
function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return digits < "2050"
    ? der(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : der(0x18, Buffer.from(`${digits}Z`));
}

/** A positive random serial number of 16 octets. */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return der(0x02, bytes);
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(2, 5, 4, 3), der(0x0c, Buffer.from(commonName)))));
}

function extension(id: Buffer, value: Buffer, critical = false): Buffer {
  return sequence(id, ...(critical ? [isTrue] : []), octets(value));
}

/** dNSName or iPAddress. */
function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return der(0x87, Buffer.from(name.split(".").map(Number)));
  if (isIP(name) === 6) return der(0x87, ipv6(name));
  return der(0x82, Buffer.from(name));
}

function ipv6(name: string): Buffer {
  const [head = "", tail] = name.split("::");
  const groups = (text: string): number[] =>
    text
      .split(":")
      .filter(Boolean)
      .map((g) => Number.parseInt(g, 16));
  const before = groups(head);
  const after = groups(tail ?? "");
  const gap = new Array<number>(8 - before.length - after.length).fill(0);
  return Buffer.from([...before, ...gap, ...after].flatMap((g) => [g >> 8, g & 0xff]));
}

function extensions(names: readonly string[], publicKey: Buffer): Buffer {
  const keyId = createHash("sha1").update(publicKey).digest();
  return sequence(
    extension(oid(2, 5, 29, 19), sequence(isTrue), true),
    // digitalSignature and keyCertSign: it serves TLS and is its own issuer.
    extension(oid(2, 5, 29, 15), bits(Buffer.from([0x84]), 2), true),
    extension(oid(2, 5, 29, 37), sequence(oid(1, 3, 6, 1, 5, 5, 7, 3, 1))),
    extension(oid(2, 5, 29, 14), octets(keyId)),
    extension(oid(2, 5, 29, 35), sequence(der(0x80, keyId))),
    extension(oid(2, 5, 29, 17), sequence(...names.map(alternativeName))),
  );
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/**
 * A self-signed server certificate (EC P-256, ECDSA with SHA-256) that is its own certificate authority (RFC 5280):
 * give `cert` to NODE_EXTRA_CA_CERTS or `certificate-authority-data` and connections to any of `names` verify.
 * Names are DNS names or IP addresses; `now` is epoch milliseconds, validity starts a day earlier.
 */
export function createSelfSigned(
  names: readonly string[] = ["localhost", "127.0.0.1"],
  options: { readonly now?: number; readonly days?: number; readonly commonName?: string } = {},
): SelfSigned {
  const { now = Date.now(), days = 365, commonName = names[0] ?? "localhost" } = options;
  const pair: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const publicKey = pair.publicKey.export({ type: "spki", format: "der" });
  const algorithm = sequence(oid(1, 2, 840, 10045, 4, 3, 2));
  const name = distinguishedName(commonName);
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    serial(),
    algorithm,
    name,
    sequence(time(now - dayMs), time(now + days * dayMs)),
    name,
    publicKey,
    der(0xa3, extensions(names, publicKey)),
  );
  const signature = sign("sha256", toBeSigned, pair.privateKey);
  return {
    cert: pem("CERTIFICATE", sequence(toBeSigned, algorithm, bits(signature))),
    key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
