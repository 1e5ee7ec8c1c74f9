import { armUrl } from "../../core/arm/arm-id.ts";
import { type Operation, operationFromBody, pollUrl } from "../../core/arm/lro.ts";
import { writeResumeToken } from "../../core/arm/resume-token.ts";
import { adoptedMark } from "../../core/decide/decide-adoption.ts";
import { sha256Hex } from "../../core/hash.ts";
import { annotations } from "../../core/resource/names.ts";
import { isTrustedPoll } from "../../core/resource/token-hosts.ts";
import { credentialOf } from "./call-arm.ts";
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
export async function storeOperation(pass: Pass, begun: Operation): Promise<void> {
  const { id, token } = writeResumeToken(followable(pass, begun));
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

/** Some resource providers name hosts of their own, which get no token of ours: the resource itself then shows how far it is. */
function followable(pass: Pass, operation: Operation): Operation {
  const { endpoint } = credentialOf(pass).cloud;
  const { armHosts = [] } = pass.engine.settings;
  if (isTrustedPoll(pollUrl(operation), endpoint, armHosts)) return operation;
  const { deleteId } = pass.gathered;
  const armId =
    deleteId !== undefined && "armId" in deleteId ? deleteId.armId : pass.prepared?.goal.armId;
  const { version } = pass;
  if (armId === undefined || version === undefined)
    throw new Error("an operation is followed by its resource's id");
  pass.log.warn("a polling URL is on a host that is not trusted; the resource is polled itself", {
    host: new URL(pollUrl(operation)).host,
  });
  return operationFromBody(endpoint + armUrl(armId, version.apiVersion), {}, operation.method);
}

/** False for a token that this controller did not store last. True when the row knows none: a resource that was taken over. */
export function isOurToken(pass: Pass, token: string): boolean {
  const { tokenHash } = pass.memory;
  return tokenHash === undefined || tokenHash.split(" ").includes(hashOf(token));
}
