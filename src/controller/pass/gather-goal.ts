import { buildArmId } from "../../core/arm/arm-id.ts";
import { collectInputs } from "../../core/convert/inputs.ts";
import type { KindVersion } from "../../core/convert/kind-version.ts";
import { toArmBody } from "../../core/convert/to-arm.ts";
import type { GoalFact } from "../../core/decide/facts.ts";
import { type Goal, goalHash } from "../../core/diff/goal.ts";
import { invalidExpression } from "../../core/exports/check-expressions.ts";
import { noAzureName, ownerNotFound } from "../../core/goal/input-problems.ts";
import { effectiveAzureName } from "../../core/goal/owner-chain.ts";
import type { CustomResource } from "../../core/resource/types.ts";
import { nameFromConfig } from "./name-from-config.ts";
import { readOwnerChain } from "./owner-chain.ts";
import { noteWait, type Pass, resourceOf } from "./pass.ts";
import { type ResolvedInputs, resolveInputs } from "./resolve-inputs.ts";

/**
 * Converts the resource (aso-semantics.md 4 and 6): every reference, Secret and ConfigMap is resolved first, and one that is
 * missing stops the resource before anything is sent.
 */
export async function gatherGoal(pass: Pass): Promise<GoalFact> {
  const resource = resourceOf(pass);
  const { version } = pass;
  const { credential } = pass.gathered;
  if (version === undefined || credential?.kind !== "credential")
    throw new Error("a goal needs version and credential");
  const configured = await nameFromConfig(pass, resource, version);
  if (configured.kind === "problem") return configured;
  const azureName = effectiveAzureName(resource, version, configured.name) ?? "";
  if (azureName === "")
    return { kind: "problem", problem: noAzureName(pass.key.kind, pass.key.name) };
  const inputs = collectInputs(resource.spec ?? {}, version);
  const [invalid] = inputs.problems;
  if (invalid !== undefined) return { kind: "problem", problem: invalid };
  const resolved = await resolveInputs(pass, inputs);
  if ("problem" in resolved) return { kind: "problem", ...resolved };
  const chain = await readOwnerChain(pass, resource, version, azureName);
  if (chain.kind === "problem") return chain;
  if (chain.kind === "missing") {
    noteWait(pass, chain.on, "claimed");
    return { kind: "problem", problem: ownerNotFound(chain.on, pass.key.namespace), on: chain.on };
  }
  const id = buildArmId({ subscription: credential.credential.subscriptionId, chain: chain.links });
  if (id.kind === "problem") return id;
  const prepared = prepare(pass, resource, version, azureName, id.armId, resolved);
  if (pass.prepared !== undefined && configured.name !== undefined)
    pass.prepared = { ...pass.prepared, nameFromConfig: configured.name };
  return prepared;
}

function prepare(
  pass: Pass,
  resource: CustomResource,
  version: KindVersion,
  azureName: string,
  armId: string,
  inputs: ResolvedInputs,
): GoalFact {
  const spec = resource.spec ?? {};
  const { body, maps } = toArmBody(spec, version, azureName, inputs.marked);
  const goal: Goal = { armId, apiVersion: version.apiVersion, body, maps };
  const hash = goalHash(goal);
  pass.prepared = {
    goal,
    hash,
    azureName,
    generation: resource.metadata.generation ?? 0,
    body: () => toArmBody(spec, version, azureName, inputs.real).body,
  };
  return { kind: "goal", armId, hash, unusable: invalidExpression(spec, version) };
}
