import { buildArmId, type ChainLink } from "../core/arm/arm-id.ts";
import type { KindVersion } from "../core/convert/kind-version.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { defaultAzureName } from "../core/resource/azure-name.ts";
import { type OwnerRef, type OwnerTarget, parseOwner } from "../core/resource/owner.ts";
import type { CustomResource } from "../core/resource/types.ts";
import type { CaseInputs } from "./case-inputs.ts";
import { versionOf } from "./known-version.ts";

/** The subscription of the credential in every case. */
const subscription = "00000000-0000-0000-0000-000000000000";

/** A custom resource of a case; `armId` is known of resources that exist already. */
export type CaseResource = {
  readonly resource: CustomResource;
  readonly armId?: string | undefined;
};

/** The ARM id of a case's resource; a problem's message where there is none. */
export type CaseAddress =
  | { readonly kind: "address"; readonly azureName: string; readonly armId: string }
  | { readonly kind: "problem"; readonly message: string };

/** Names a case's resource and finds its ARM id by following its owners through the case's other resources. */
export async function caseAddress(
  self: CaseResource,
  related: readonly CaseResource[],
  inputs: CaseInputs,
): Promise<CaseAddress> {
  const chain: ChainLink[] = [];
  let current: CaseResource | undefined = self;
  while (current !== undefined) {
    const { resource } = current;
    const version = await versionOf(resource);
    if (version === undefined) {
      return {
        kind: "problem",
        message: `the catalog has no ${resource.apiVersion} ${resource.kind}`,
      };
    }
    const owner = parseOwner(resource.spec ?? {}, version.owner);
    if (owner.kind === "problem") return { kind: "problem", message: owner.problem.message };
    chain.unshift(linkOf(current, version, owner, inputs));
    current = owner.kind === "resource" ? ownerOf(owner.owner, related) : undefined;
  }
  const built = buildArmId({ subscription, chain });
  if (built.kind === "problem") return { kind: "problem", message: built.problem.message };
  return { kind: "address", azureName: chain.at(-1)?.azureName ?? "", armId: built.armId };
}

/** A custom resource as an API server would hold it. */
export function asResource(cr: JsonObject): CustomResource {
  const metadata = isJsonObject(cr["metadata"]) ? cr["metadata"] : {};
  return {
    apiVersion: text(cr["apiVersion"]),
    kind: text(cr["kind"]),
    metadata: {
      name: text(metadata["name"]),
      namespace: text(metadata["namespace"]),
      uid: "uid",
      resourceVersion: "1",
    },
    ...(isJsonObject(cr["spec"]) ? { spec: cr["spec"] } : {}),
  };
}

function linkOf(
  { resource, armId }: CaseResource,
  version: KindVersion,
  owner: OwnerRef,
  inputs: CaseInputs,
): ChainLink {
  const { group, kind, armType, scope } = version;
  return {
    group,
    kind,
    armType,
    scope,
    azureName: azureNameOf(resource, version, inputs),
    ownerArmId: owner.kind === "armId" ? owner.armId : undefined,
    resourceId: armId,
  };
}

function azureNameOf(resource: CustomResource, version: KindVersion, inputs: CaseInputs): string {
  const from = resource.spec?.["azureNameFromConfig"];
  const fromConfig = isJsonObject(from)
    ? inputs.configMaps.get(text(from["name"]))?.[text(from["key"])]
    : undefined;
  return (
    defaultAzureName({ resource, version, ...(fromConfig === undefined ? {} : { fromConfig }) }) ??
    ""
  );
}

function ownerOf(
  { group, kind, name }: OwnerTarget,
  related: readonly CaseResource[],
): CaseResource | undefined {
  return related.find(
    ({ resource }) =>
      resource.metadata.name === name &&
      resource.kind === kind &&
      resource.apiVersion.startsWith(`${group}/`),
  );
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}
