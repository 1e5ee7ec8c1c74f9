import type { Operation } from "../../core/arm/lro.ts";
import { writeResumeToken } from "../../core/arm/resume-token.ts";
import { adoptedMark } from "../../core/decide/decide-adoption.ts";
import { sha256Hex } from "../../core/hash.ts";
import { annotations } from "../../core/resource/names.ts";
import type { Pass } from "./pass.ts";
import { writeMetadata } from "./write-resource.ts";

/** Identifies a stored token without telling it. */
function hashOf(token: string): string {
  return sha256Hex(token).slice(0, 16);
}

/**
 * Writes an operation's token to the resource, in ASO's own format. The row keeps its hash, because tenants can write the annotation
 * too. Where a token is replaced, the row takes both first: whatever stands on the resource after a crash is then known.
 */
export async function storeOperation(pass: Pass, operation: Operation): Promise<void> {
  const { id, token } = writeResumeToken(operation);
  const before = pass.memory.tokenHash;
  if (before !== undefined) {
    await pass.lease.save({ ...pass.memory, tokenHash: `${before} ${hashOf(token)}` });
  }
  await writeMetadata(pass, (resource) => ({
    annotations: {
      ...adoptedMark(resource),
      [annotations.pollerResumeId]: id,
      [annotations.pollerResumeToken]: token,
    },
  }));
  pass.memory = { ...pass.memory, tokenHash: hashOf(token) };
}

/** False for a token that this controller did not store last. True when the row knows none: a resource that was taken over. */
export function isOurToken(pass: Pass, token: string): boolean {
  const { tokenHash } = pass.memory;
  return tokenHash === undefined || tokenHash.split(" ").includes(hashOf(token));
}
