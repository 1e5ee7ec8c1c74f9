import type { pkcs12 as Pkcs12, pki } from "node-forge";

/** Certificate and private key as PEM, the certificate of the key first; or why they could not be read. Never quotes any of it. */
export type Pkcs12Content =
  | { readonly kind: "pem"; readonly pem: string }
  | { readonly kind: "unreadable"; readonly problem: string };

/**
 * Reads a PKCS12 container in Base64, as ASO takes one with AZURE_CLIENT_CERTIFICATE_PASSWORD (aso-semantics.md 7.2). Node has no reader
 * for it, and Azure Identity takes only PEM.
 */
export async function readPkcs12(base64: string, password: string): Promise<Pkcs12Content> {
  const { default: forge } = await import("node-forge");
  try {
    const der = forge.asn1.fromDer(forge.util.decode64(base64.replace(/\s/g, "")));
    const container = forge.pkcs12.pkcs12FromAsn1(der, password);
    const { keyBag, certBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
    const bagsOf = (type: string | undefined): Pkcs12.Bag[] =>
      type === undefined ? [] : (container.getBags({ bagType: type })[type] ?? []);
    const keyed = [...bagsOf(pkcs8ShroudedKeyBag), ...bagsOf(keyBag)].find(
      ({ key }) => key != null,
    );
    const certificates = bagsOf(certBag).flatMap(({ cert }) => (cert == null ? [] : [cert]));
    if (keyed?.key == null || certificates.length === 0)
      return unreadable("it holds no certificate with its private key");
    const key = keyed.key as pki.rsa.PrivateKey;
    const isOwn = ({ publicKey }: pki.Certificate): boolean =>
      (publicKey as pki.rsa.PublicKey).n.equals(key.n);
    const ordered = certificates.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
    const wrapped = forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key));
    const parts = [
      forge.pki.privateKeyInfoToPem(wrapped),
      ...ordered.map((certificate) => forge.pki.certificateToPem(certificate)),
    ];
    return { kind: "pem", pem: parts.join("") };
  } catch (error) {
    const isPassword = error instanceof Error && /password/i.test(error.message);
    return unreadable(isPassword ? "the password is not the right one" : "it cannot be read");
  }
}

function unreadable(problem: string): Pkcs12Content {
  return { kind: "unreadable", problem };
}
