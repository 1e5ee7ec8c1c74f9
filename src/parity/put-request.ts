import { collectInputs } from "../core/convert/inputs.ts";
import { toArmBody } from "../core/convert/to-arm.ts";
import type { JsonObject } from "../core/json.ts";
import type { CustomResource } from "../core/resource/types.ts";
import { caseAddress } from "./address.ts";
import { type CaseInputs, caseResolver, MissingInput } from "./case-inputs.ts";
import { describeDifference, jsonDifferences } from "./json-difference.ts";
import { versionOf } from "./known-version.ts";

/** The request that the controller would send for a case's resource, before a kind's own `modifyBody`. */
export type PutRequest = {
  readonly method: string;
  readonly path: string;
  readonly apiVersion: string;
  readonly body: JsonObject;
};

/** The PUT that the core would send, or why it would send none. */
export type PutAttempt =
  | { readonly kind: "request"; readonly request: PutRequest }
  | { readonly kind: "problem"; readonly message: string };

/** Converts a case's resource and computes its address. */
export async function putRequest(
  resource: CustomResource,
  related: readonly CustomResource[],
  inputs: CaseInputs,
): Promise<PutAttempt> {
  const version = await versionOf(resource);
  if (version === undefined) return { kind: "problem", message: "the catalog does not have it" };
  const spec = resource.spec ?? {};
  const [problem] = collectInputs(spec, version).problems;
  if (problem !== undefined) return { kind: "problem", message: problem.message };
  const address = await caseAddress(resource, related, inputs);
  if (address.kind === "problem") return address;
  try {
    const { body } = toArmBody(spec, version, address.azureName, caseResolver(inputs));
    const { apiVersion } = version;
    return { kind: "request", request: { method: "PUT", path: address.armId, apiVersion, body } };
  } catch (error) {
    if (error instanceof MissingInput) return { kind: "problem", message: error.message };
    throw error;
  }
}

/** Everything but the body in which a request differs from the expected one, a line each. */
export function addressDifferences(
  expected: Omit<PutRequest, "body">,
  { method, path, apiVersion }: PutRequest,
): string[] {
  const { method: m, path: p, apiVersion: a } = expected;
  return jsonDifferences(
    { method: m, path: p, apiVersion: a },
    { method, path, apiVersion },
    "$request",
  ).map(describeDifference);
}

/** The differences to the candidate that comes closest; none when one of them is met. */
export function bodyDifferences(accepted: readonly JsonObject[], actual: JsonObject): string[] {
  const attempts = accepted.map((candidate) => jsonDifferences(candidate, actual));
  const [closest = []] = attempts.sort((a, b) => a.length - b.length);
  return closest.map(describeDifference);
}
