import { armUrl, buildArmId } from "../core/arm/arm-id.ts";
import { collectInputs } from "../core/convert/inputs.ts";
import type { KindVersion } from "../core/convert/kind-version.ts";
import { readKeyReference } from "../core/convert/reference.ts";
import { toArmBody } from "../core/convert/to-arm.ts";
import { otherCredential, resourceIdProblem } from "../core/decide/decide-claim.ts";
import { subscriptionMismatch } from "../core/decide/state.ts";
import { noAzureName, waitingForOwner } from "../core/goal/input-problems.ts";
import { type ChainMember, effectiveAzureName, ownerChain } from "../core/goal/owner-chain.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { ArmCredential } from "../core/resource/credential.ts";
import { annotations } from "../core/resource/names.ts";
import { parseOwner } from "../core/resource/owner.ts";
import { effectivePolicy } from "../core/resource/policy.ts";
import type { CustomResource, Problem } from "../core/resource/types.ts";
import type { BodyAnswers } from "../kinds/kind-extension.ts";
import { kindExtension } from "../kinds/table.ts";
import { checkSchema } from "./check-schema.ts";
import { planCredential } from "./plan-credential.ts";
import {
  type MissingThing,
  planConfigValue,
  planInputs,
  type Settled,
  unsettled,
  waitNotes,
} from "./plan-inputs.ts";
import type { Attempt, Planned, PlanSettings } from "./plan-types.ts";
import { type KnownResource, type PlanWorld, resourceKey } from "./plan-world.ts";

/** Everything around one resource. */
export type PlanContext = {
  readonly world: PlanWorld;
  readonly settled: Settled;
  readonly settings: PlanSettings;
};

/**
 * Plans one resource in the controller's order (aso-semantics.md 1.4): what the API server refuses, the owner, the credential, the name,
 * every reference and input, the ARM id, the body. Only `settled` resources count as existing in Azure.
 */
export function planResource(known: KnownResource, context: PlanContext): Attempt {
  const { resource, version } = known;
  const { errors, unknown } = checkSchema(known);
  if (errors.length > 0) return { outcome: { kind: "refused", reasons: errors }, notes: [] };
  const notes = unknown.map((path) => `${path} is not part of ${resource.apiVersion}.`);
  if (version.nonArm) {
    const why = "It is not a resource of Azure Resource Manager; no request is sent to it.";
    return { outcome: { kind: "untouched", armId: undefined, why }, notes };
  }
  const planned = planArmResource(resource, version, context);
  return { ...planned, notes: [...notes, ...planned.notes] };
}

function planArmResource(
  resource: CustomResource,
  version: KindVersion,
  context: PlanContext,
): Attempt {
  const { world, settled, settings } = context;
  const namespace = resource.metadata.namespace ?? "";
  const ref = parseOwner(resource.spec ?? {}, version.owner);
  if (ref.kind === "problem") return blocked(ref.problem);
  const target = ref.kind === "resource" ? ref.owner : undefined;
  const owner = target && settled.get(resourceKey(namespace, target));
  if (target !== undefined && owner === undefined)
    return missing(unsettled(world, namespace, target, waitingForOwner(target)));
  const waits = target && owner ? waitNotes(owner, namespace, target) : [];
  const credential = planCredential(resource, world, settings);
  if (credential.kind === "problem") return blocked(credential.problem);
  const planned = planRequest(resource, version, context, credential.credential);
  return { ...planned, notes: [...new Set([...waits, ...credential.notes, ...planned.notes])] };
}

function planRequest(
  resource: CustomResource,
  version: KindVersion,
  context: PlanContext,
  credential: ArmCredential,
): Attempt {
  const { world, settled, settings } = context;
  const spec = resource.spec ?? {};
  const azureName = nameOf({ resource, version }, world);
  if (typeof azureName !== "string") return azureName;
  const address = addressOf({ resource, version, azureName }, context, credential);
  const armId = typeof address === "string" ? address : undefined;
  const inputs = collectInputs(spec, version);
  const [invalid] = inputs.problems;
  if (invalid !== undefined) return { ...blocked(invalid), armId };
  const resolved = planInputs(resource, inputs, world, settled, settings.showSecrets);
  if (resolved.kind === "problem") return { ...missing(resolved), armId };
  if (typeof address !== "string") return blocked(address);
  const why = policyWhy(resource, world);
  if (why !== undefined) return { outcome: { kind: "untouched", armId: address, why }, notes: [] };
  const { body } = toArmBody(spec, version, azureName, resolved.resolver);
  const planned = modified(version, credential, address, body);
  const random = randomName(resource, version, azureName);
  return { ...planned, notes: [...resolved.notes, ...random, ...planned.notes] };
}

function nameOf(
  { resource, version }: Pick<KnownResource, "resource" | "version">,
  world: PlanWorld,
): string | Attempt {
  const { kind, metadata, spec } = resource;
  const noted = metadata.annotations?.[annotations.azureNameFromConfig] ?? "";
  const from =
    version.hasAzureNameFromConfig && noted === ""
      ? readKeyReference(spec?.["azureNameFromConfig"] ?? null)
      : undefined;
  const fromConfig = from === undefined ? undefined : planConfigValue(resource, from, world);
  if (typeof fromConfig === "object") return missing(fromConfig);
  const name = effectiveAzureName(resource, version, fromConfig) ?? "";
  return name === "" ? blocked(noAzureName(kind, metadata.name)) : name;
}

/** The ARM id, as far as the owners give one and it is the one that the resource was claimed with. */
function addressOf(
  self: ChainMember,
  { world, settled }: PlanContext,
  credential: ArmCredential,
): string | Problem {
  const namespace = self.resource.metadata.namespace ?? "";
  const owners: ChainMember[] = [];
  for (;;) {
    const step = ownerChain(self, owners);
    if (step.kind === "problem") return step.problem;
    if (step.kind === "chain") {
      const built = buildArmId({ subscription: credential.subscriptionId, chain: step.links });
      if (built.kind === "problem") return built.problem;
      const goal = { kind: "goal", armId: built.armId, hash: "" } as const;
      const fact = { credential: { kind: "credential", credential } } as const;
      return (
        subscriptionMismatch(built.armId, fact, otherCredential) ??
        renamed({ goal }, self.resource) ??
        built.armId
      );
    }
    const key = resourceKey(namespace, step.owner);
    const [known, found] = [world.resources.get(key), settled.get(key)];
    if (known === undefined || found === undefined) return waitingForOwner(step.owner);
    owners.push(existing(known, found.armId, world));
  }
}

/** An owner as it is once Azure has it. */
function existing({ resource, version }: KnownResource, armId: string, world: PlanWorld) {
  const { metadata } = resource;
  const noted = { ...metadata.annotations, [annotations.resourceId]: armId };
  const claimed = { ...resource, metadata: { ...metadata, annotations: noted } };
  const azureName = nameOf({ resource, version }, world);
  return { resource: claimed, version, azureName: typeof azureName === "string" ? azureName : "" };
}

/** A resource that was never claimed has no id to keep. */
function renamed(
  facts: Parameters<typeof resourceIdProblem>[0],
  resource: CustomResource,
): Problem | undefined {
  const claimed = resource.metadata.annotations?.[annotations.resourceId] ?? "";
  return claimed === "" ? undefined : resourceIdProblem(facts, resource);
}

function policyWhy({ metadata }: CustomResource, world: PlanWorld): string | undefined {
  const own = metadata.annotations?.[annotations.reconcilePolicy];
  const inherited = world.namespaces.get(metadata.namespace ?? "")?.[annotations.reconcilePolicy];
  const { policy, mayModify } = effectivePolicy(own, inherited, "manage");
  return mayModify ? undefined : `Its reconcile policy is ${policy}: Azure is read, never written.`;
}

/** What the kind's own change makes of a body when Azure has nothing yet. */
function modified(
  { group, kind, apiVersion }: KindVersion,
  credential: ArmCredential,
  armId: string,
  body: JsonObject,
): Planned {
  const { cloud, tenantId } = credential;
  const request = (final: JsonObject): Planned["outcome"] => ({
    kind: "request",
    method: "PUT",
    url: `${cloud.endpoint}${armUrl(armId, apiVersion)}`,
    armId,
    tenant: tenantId === "" ? undefined : tenantId,
    body: final,
  });
  const { modifyBody } = kindExtension(group, kind);
  const put = { armId, apiVersion, body };
  const reads = modifyBody?.reads(put) ?? [];
  const lists = reads.filter((read) => read.list === true);
  if (modifyBody === undefined || reads.length === 0) return { outcome: request(body), notes: [] };
  if (lists.length > 0) {
    const notes = lists.map(
      ({ url }) => `A name in the body is looked up before it is sent, by GET ${url}`,
    );
    return { outcome: request(body), notes };
  }
  const notes = reads.map(
    ({ url }) =>
      `Azure is read before the PUT, by GET ${url}; this is the body when it has nothing there. What it has is kept.`,
  );
  const answers: BodyAnswers = Object.fromEntries(reads.map(({ id }) => [id, "notFound"] as const));
  const change = modifyBody.apply(put, answers);
  if (change.kind !== "body") return { ...blocked(change.problem), notes };
  return { outcome: request(change.body), notes };
}

function randomName(
  { metadata, spec }: CustomResource,
  version: KindVersion,
  azureName: string,
): readonly string[] {
  const operatorSpec = spec?.["operatorSpec"];
  const convention = isJsonObject(operatorSpec) ? operatorSpec["namingConvention"] : undefined;
  const isRandom = String(convention ?? "").toLowerCase() === "random";
  return isRandom && azureName === metadata.uid && version.fixedName === undefined
    ? ["The name in Azure is random: it will be the uid that the cluster gives the resource."]
    : [];
}

function blocked(problem: Problem): Attempt {
  return { outcome: { kind: "condition", problem }, notes: [] };
}

function missing({ problem, notes, waitsFor }: MissingThing): Attempt {
  return { outcome: { kind: "condition", problem }, notes, waitsFor };
}
