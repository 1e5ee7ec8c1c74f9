import { z } from "zod";
import { type BuiltArmId, buildArmId, type ChainLink } from "../../core/arm/arm-id.ts";
import type { KindVersion } from "../../core/convert/kind-version.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { defaultAzureName } from "../../core/resource/azure-name.ts";
import { annotations } from "../../core/resource/names.ts";
import { type OwnerRef, parseOwner } from "../../core/resource/owner.ts";
import type { CustomResource, Problem } from "../../core/resource/types.ts";
import { versionOf } from "../known-version.ts";
import { differs, type Judge } from "./judge.ts";

const json = z.custom<JsonObject>(isJsonObject);

const object = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
    uid: z.string().optional(),
  }),
  spec: json.optional(),
});

const inputFormat = z.object({
  subscription: z.string(),
  objects: z.array(object),
  target: object,
});

const expectedFormat = z.object({
  armId: z.string().optional(),
  azureName: z.string().optional(),
  azureNameUuidVersion: z.number().optional(),
  armType: z.string().optional(),
  idError: z.string().optional(),
  idCondition: z.object({ severity: z.string(), reason: z.string(), retry: z.string() }).optional(),
  panic: z.string().optional(),
});

type Named = z.infer<typeof object>;

const randomName = "<random-uuid>";

/** Azure name and ARM id of a resource with the owners that are there. */
export const judgeNames: Judge = async (testCase) => {
  const input = inputFormat.parse(testCase.input);
  const expected = expectedFormat.parse(testCase.expected);
  const version = await versionOf(input.target);
  if (version === undefined)
    return [`the catalog has no ${input.target.apiVersion} ${input.target.kind}`];
  const azureName = nameOf(input.target, version) ?? "";
  const built = await idOf(input, version);
  const id = built.kind === "id" ? built.armId : undefined;
  return [
    ...differs("azureName", expected.azureName, azureName),
    ...differs("armType", expected.armType, version.armType),
    ...differs("armId", expected.armId, id),
    ...conditionDifferences(expected, built),
  ];
};

function conditionDifferences(
  { idCondition }: z.infer<typeof expectedFormat>,
  built: BuiltArmId,
): readonly string[] {
  if (built.kind === "id" || idCondition === undefined) return [];
  return [
    ...differs("severity", idCondition.severity, built.problem.severity),
    ...differs("reason", idCondition.reason, built.problem.reason),
  ];
}

async function idOf(input: z.infer<typeof inputFormat>, version: KindVersion): Promise<BuiltArmId> {
  const chain: ChainLink[] = [];
  let current: Named | undefined = input.target;
  let known: KindVersion | undefined = version;
  while (current !== undefined && known !== undefined) {
    const owner: OwnerRef = parseOwner(current.spec ?? {}, known.owner);
    chain.unshift(linkOf(current, known, owner));
    if (owner.kind === "problem") return refusedOwner(owner.problem);
    if (owner.kind !== "resource") return buildArmId({ subscription: input.subscription, chain });
    current = findOwner(input.objects, owner.owner);
    known = current === undefined ? undefined : await versionOf(current);
  }
  return refusedOwner({
    reason: "ReferenceNotFound",
    severity: "Warning",
    retry: "fast",
    message: "the owner does not exist",
  });
}

/** ASO shows a malformed owner as an unresolved reference here, and as Failed one step earlier. */
function refusedOwner(problem: Problem): BuiltArmId {
  return { kind: "problem", problem: { ...problem, reason: "ReferenceNotFound" } };
}

function findOwner(
  objects: readonly Named[],
  owner: { readonly group: string; readonly kind: string; readonly name: string },
): Named | undefined {
  return objects.find(
    (one) =>
      one.metadata.name === owner.name &&
      one.kind === owner.kind &&
      one.apiVersion.split("/")[0] === owner.group,
  );
}

function linkOf(one: Named, version: KindVersion, owner: OwnerRef): ChainLink {
  const noted = one.metadata.annotations ?? {};
  return {
    group: version.group,
    kind: version.kind,
    armType: version.armType,
    scope: version.scope,
    azureName: nameOf(one, version) ?? "",
    ownerArmId: owner.kind === "armId" ? owner.armId : undefined,
    resourceId: noted[annotations.resourceId],
    childOverride: noted[annotations.childResourceIdOverride],
  };
}

function nameOf(one: Named, version: KindVersion): string | undefined {
  const { name, namespace, uid = "" } = one.metadata;
  const resource: CustomResource = {
    apiVersion: one.apiVersion,
    kind: one.kind,
    metadata: { name, namespace, uid, resourceVersion: "1" },
    ...(one.spec === undefined ? {} : { spec: one.spec }),
  };
  return defaultAzureName({ resource, version, uuid: randomName });
}
