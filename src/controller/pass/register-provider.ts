import type { ArmFailure } from "../../core/arm/parse-error.ts";
import type { Problem } from "../../core/resource/types.ts";
import { callArm, credentialOf } from "./call-arm.ts";
import type { Pass } from "./pass.ts";

/** Registers the resource provider that ARM says is missing in the subscription (aso-semantics.md 3.5); the write is repeated later. */
export async function registerProvider(
  pass: Pass,
  failure: ArmFailure,
): Promise<Problem | undefined> {
  const namespace = failure.registration?.namespace;
  if (namespace === undefined) return undefined;
  const { subscriptionId } = credentialOf(pass);
  const url = `/subscriptions/${subscriptionId}/providers/${encodeURIComponent(namespace)}/register?api-version=2019-05-01`;
  const answer = await callArm(pass, { method: "POST", url });
  const done = answer.kind === "response" && answer.status === 200;
  const message = done
    ? `registering Resource Provider ${namespace} with subscription. Try again later`
    : `Resource Provider ${namespace} is not registered with the subscription, and registering it failed. Give the identity the right to register providers, or run: az provider register --namespace ${namespace}`;
  return { reason: "UnknownError", severity: "Warning", retry: "slow", message };
}
