import { sha256Hex } from "../hash.ts";
import type { CredentialProof } from "./credential.ts";

/**
 * Identifies a proof by its whole SHA-256, lower-case hex: equal only for the same kind and material. For keys in memory, never for a row
 * or a message: whoever sees it can test guesses of a weak secret against it.
 */
export function proofDigest(proof: CredentialProof): string {
  return sha256Hex(JSON.stringify([proof.kind, ...materialOf(proof)]));
}

function materialOf(proof: CredentialProof): readonly string[] {
  switch (proof.kind) {
    case "clientSecret":
      return [proof.secret.reveal()];
    case "certificate":
      return [proof.certificate.reveal(), proof.password?.reveal() ?? ""];
    case "workloadIdentity":
      return [proof.cluster, proof.namespace, proof.serviceAccount];
    case "tokenFile":
      return [proof.path];
    case "managedIdentity":
      return [];
    default:
      return proof satisfies never;
  }
}
