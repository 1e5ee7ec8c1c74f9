import { buildArmId } from "../core/arm/arm-id.ts";
import { type ChainMember, effectiveAzureName, ownerChain } from "../core/goal/owner-chain.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { annotations } from "../core/resource/names.ts";
import type { OwnerTarget } from "../core/resource/owner.ts";
import type { CustomResource } from "../core/resource/types.ts";
import type { CaseInputs } from "./case-inputs.ts";
import { versionOf } from "./known-version.ts";

/** The subscription of the credential in every case. */
const subscription = "00000000-0000-0000-0000-000000000000";

/** The ARM id of a case's resource; a problem's message where there is none. */
export type CaseAddress =
  | { readonly kind: "address"; readonly azureName: string; readonly armId: string }
  | { readonly kind: "problem"; readonly message: string };

/** Names a case's resource and finds its ARM id by following its owners through the case's other resources. */
export async function caseAddress(
  self: CustomResource,
  related: readonly CustomResource[],
  inputs: CaseInputs,
): Promise<CaseAddress> {
  const start = await memberOf(self, inputs);
  if (start === undefined) return unknownKind(self);
  const owners: ChainMember[] = [];
  for (;;) {
    const step = ownerChain(start, owners);
    if (step.kind === "problem") return { kind: "problem", message: step.problem.message };
    if (step.kind === "chain") {
      const built = buildArmId({ subscription, chain: step.links });
      if (built.kind === "problem") return { kind: "problem", message: built.problem.message };
      return { kind: "address", azureName: start.azureName, armId: built.armId };
    }
    const found = related.find((one) => isTarget(one, step.owner));
    if (found === undefined)
      return { kind: "problem", message: `the case has no owner ${step.owner.name}` };
    const owner = await memberOf(found, inputs);
    if (owner === undefined) return unknownKind(found);
    owners.push(owner);
  }
}

/** A custom resource as an API server would hold it; `armId` is known of resources that exist already. */
export function asResource(cr: JsonObject, armId?: string | null): CustomResource {
  const metadata = isJsonObject(cr["metadata"]) ? cr["metadata"] : {};
  const noted = isJsonObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return {
    apiVersion: text(cr["apiVersion"]),
    kind: text(cr["kind"]),
    metadata: {
      name: text(metadata["name"]),
      namespace: text(metadata["namespace"]),
      uid: "uid",
      resourceVersion: "1",
      annotations: {
        ...Object.fromEntries(Object.entries(noted).map(([name, value]) => [name, text(value)])),
        ...(armId ? { [annotations.resourceId]: armId } : {}),
      },
    },
    ...(isJsonObject(cr["spec"]) ? { spec: cr["spec"] } : {}),
  };
}

async function memberOf(
  resource: CustomResource,
  inputs: CaseInputs,
): Promise<ChainMember | undefined> {
  const version = await versionOf(resource);
  if (version === undefined) return undefined;
  const from = resource.spec?.["azureNameFromConfig"];
  const fromConfig = isJsonObject(from)
    ? inputs.configMaps.get(text(from["name"]))?.[text(from["key"])]
    : undefined;
  return { resource, version, azureName: effectiveAzureName(resource, version, fromConfig) ?? "" };
}

function unknownKind({ apiVersion, kind }: CustomResource): CaseAddress {
  return { kind: "problem", message: `the catalog has no ${apiVersion} ${kind}` };
}

function isTarget({ apiVersion, kind, metadata }: CustomResource, target: OwnerTarget): boolean {
  return (
    metadata.name === target.name &&
    kind === target.kind &&
    apiVersion.startsWith(`${target.group}/`)
  );
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
