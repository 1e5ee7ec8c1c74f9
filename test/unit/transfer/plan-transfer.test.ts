import { describe, expect, test } from "vitest";
import { loadGroup } from "../../../src/catalog/index.ts";
import { type KindVersion, resolveKindVersion } from "../../../src/core/convert/kind-version.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { annotations, finalizer, transferHold } from "../../../src/core/resource/names.ts";
import type { CustomResource } from "../../../src/core/resource/types.ts";
import { detachPatch, holdPatch, releasePatch } from "../../../src/transfer/hold.ts";
import { planHandOver } from "../../../src/transfer/plan-hand-over.ts";
import { planTransfer, type TransferFacts } from "../../../src/transfer/plan-transfer.ts";
import { targetObject } from "../../../src/transfer/target-object.ts";
import { type Found, nameOf } from "../../../src/transfer/transfer-types.ts";
import type { NewResource } from "../../doubles/in-memory-cluster.ts";
import { groupId, networkId, resourceGroup, virtualNetwork } from "../controller/samples.ts";

const from = { cluster: "uid-of-one", namespace: "team", policy: "" };
const to = { cluster: "uid-of-two", namespace: "team", policy: "" };

async function versionOf({ apiVersion, kind }: NewResource): Promise<KindVersion | undefined> {
  const [group = "", version = ""] = apiVersion.split("/");
  const catalog = await loadGroup(group);
  return catalog && resolveKindVersion(catalog, kind, version);
}

const versions = {
  group: await versionOf(resourceGroup()),
  network: await versionOf(virtualNetwork()),
};

/** A sample as an operator left it: Ready at generation 3. */
function ready(
  sample: NewResource,
  armId: string,
  noted: Record<string, string> = {},
): CustomResource {
  const { apiVersion, kind, metadata, spec = {} } = sample;
  return {
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      uid: `uid of ${metadata.name}`,
      resourceVersion: "7",
      generation: 3,
      finalizers: [finalizer],
      annotations: {
        [annotations.operatorNamespace]: "aso",
        [annotations.resourceId]: armId,
        [annotations.latestReconciledGeneration]: "2",
        ...noted,
      },
    },
    spec,
    status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 3 }] },
  };
}

const group = (noted = {}): Found => ({
  resource: ready(resourceGroup(), groupId, noted),
  version: versions.group,
  selected: true,
});
const network = (noted = {}): Found => ({
  resource: ready(virtualNetwork(), networkId, noted),
  version: versions.network,
  selected: true,
});

/** A resource as the API server has its held copy. */
function copyOf(source: Found): Found {
  const body = targetObject(source, from, to) as unknown as CustomResource;
  const metadata = {
    ...body.metadata,
    uid: "uid of the copy",
    resourceVersion: "1",
    generation: 1,
  };
  return { ...source, resource: { ...body, metadata } };
}

function plan(facts: Partial<TransferFacts>) {
  return planTransfer({
    from,
    to,
    sources: [],
    targets: [],
    serves: () => true,
    objects: new Map(),
    copyObjects: false,
    refusals: new Map(),
    ...facts,
  }).map((move) => ({ id: nameOf(move), step: move.step, blocks: move.blocks }));
}

const groupName = "ResourceGroup.resources.azure.com/rg";
const networkName = "VirtualNetwork.network.azure.com/vnet";

describe("a plan", () => {
  test.each([
    ["both sources, owner first", { sources: [network(), group()] }, ["move", "move"]],
    [
      "a copy of an earlier run",
      { sources: [network(), group()], targets: [copyOf(group())] },
      ["resume", "move"],
    ],
    [
      "copies whose sources are gone",
      { targets: [copyOf(network()), copyOf(group())] },
      ["release", "release"],
    ],
  ] as const)("goes on from where it finds things: %s", (_name, facts, steps) => {
    const moves = plan(facts);
    expect(moves.map(({ id }) => id)).toEqual([groupName, networkName]);
    expect(moves.map(({ step }) => step)).toEqual(steps);
    expect(moves.flatMap(({ blocks }) => blocks)).toEqual([]);
  });

  test("lets alone the copies of another namespace's transfer", () => {
    expect(plan({ from: { ...from, namespace: "elsewhere" }, targets: [copyOf(group())] })).toEqual(
      [],
    );
  });

  test.each<[string, Partial<TransferFacts>, string]>([
    [
      "its owner stays, though one of that name is at the target for other Azure resources",
      {
        sources: [{ ...group(), selected: false }, network()],
        targets: [
          { ...group(), resource: ready(resourceGroup(), `${groupId}-other`), selected: false },
        ],
      },
      "not at the target for the same Azure resource",
    ],
    [
      "the target does not serve it",
      { sources: [group()], serves: () => false },
      "install its CRD",
    ],
    [
      "the target refuses it",
      { sources: [group()], refusals: new Map([[groupName, "quota exceeded"]]) },
      "refuses the copy: quota exceeded",
    ],
    [
      "a source under the same name came after the copy",
      {
        sources: [{ ...group(), resource: renewed(group().resource) }],
        targets: [copyOf(group())],
      },
      "a held copy of another resource",
    ],
    [
      "the catalog does not know it",
      { sources: [{ ...group(), version: undefined }] },
      "not known to this release",
    ],
    [
      "it is made by another resource",
      { sources: [{ ...group(), resource: madeBy(group().resource) }] },
      "is made by App shop; move that instead",
    ],
    [
      "its policy is none",
      { sources: [group({ [annotations.reconcilePolicy]: "leave-me" })] },
      'reconcile-policy "leave-me" is none',
    ],
    [
      "its operator only watched it",
      { sources: [group({ [annotations.acceptedGoal]: "skip" })] },
      "default policy must be skip",
    ],
    [
      "it is held by another transfer",
      { sources: [group({ [annotations.operatorNamespace]: transferHold })] },
      "is held by another transfer",
    ],
  ])("is blocked when %s", (_name, facts, text) => {
    expect(plan(facts).flatMap(({ blocks }) => blocks)).toEqual([expect.stringContaining(text)]);
  });

  test("goes without an owner that is at the target already", () => {
    const targets = [{ ...group(), selected: false }];
    expect(plan({ sources: [network()], targets }).flatMap(({ blocks }) => blocks)).toEqual([]);
  });

  test.each([
    [{ atSource: true, atTarget: false }, false, "copy it with --copy-secrets"],
    [{ atSource: true, atTarget: false }, true, undefined],
    [{ atSource: true, atTarget: true }, false, undefined],
    [{ atSource: false, atTarget: false }, true, "exists on neither side"],
  ] as const)("with a credential that is %j, copying: %s", (presence, copyObjects, text) => {
    const sources = [group({ [annotations.credentialFrom]: "identity" })];
    const objects = new Map([["Secret identity", presence]]);
    expect(plan({ sources, objects, copyObjects }).flatMap(({ blocks }) => blocks)).toEqual(
      text === undefined ? [] : [expect.stringContaining(text)],
    );
  });
});

describe("policies", () => {
  // Own, of the Namespace → at the source, while held, at the end. ASO looks at a resource when skip comes or goes.
  test.each([
    ["", "", "detach-on-delete", "skip", null],
    ["manage", "", "detach-on-delete", "skip", "manage"],
    ["detach-on-delete", "", "detach-on-delete", "skip", "detach-on-delete"],
    ["skip", "", "skip", "detach-on-delete", "skip"],
    ["", "skip", "skip", "detach-on-delete", "skip"],
    ["manage", "skip", "detach-on-delete", "skip", "manage"],
  ])("own %j, of the Namespace %j", (own, ofNamespace, atSource, held, atEnd) => {
    const source = group(own === "" ? {} : { [annotations.reconcilePolicy]: own });
    const place = { ...from, policy: ofNamespace };
    expect(detachPatch(source.resource, ofNamespace)[annotations.reconcilePolicy]).toBe(atSource);
    const copy = targetObject(source, place, to) as unknown as CustomResource;
    expect(copy.metadata.annotations?.[annotations.reconcilePolicy]).toBe(held);
    expect(releasePatch(copy, undefined)[annotations.reconcilePolicy]).toBe(atEnd);
  });
});

describe("a hand-over", () => {
  const running = { [annotations.pollerResumeId]: "id", [annotations.pollerResumeToken]: "token" };
  const deleting = {
    ...group().resource,
    metadata: { ...group().resource.metadata, deletionTimestamp: "now" },
  };
  const unready: CustomResource = { ...group().resource, status: {} };

  test.each<[string, CustomResource, string, string | undefined]>([
    ["Ready", group().resource, "handOver", undefined],
    ["in an operation", { ...group(running).resource, status: {} }, "handOver", undefined],
    ["not Ready", unready, "handOver", "is not Ready"],
    ["being deleted", deleting, "handOver", "is being deleted"],
    [
      "there already",
      group({ [annotations.operatorNamespace]: "next" }).resource,
      "nothing",
      undefined,
    ],
    [
      "held half-way",
      annotated(group().resource, holdPatch(group().resource)),
      "release",
      undefined,
    ],
    ["a held copy", copyOf(group()).resource, "release", "finish that one first"],
  ])("of a resource that is %s", (_name, resource, step, text) => {
    const [move] = planHandOver([{ ...group(), resource }], "next");
    expect(move?.step).toBe(step);
    expect(move?.blocks).toEqual(text === undefined ? [] : [expect.stringContaining(text)]);
  });

  test("keeps the token of an operation and says which generation Azure has", () => {
    const patch = holdPatch(group(running).resource);
    expect(patch).not.toHaveProperty([annotations.pollerResumeToken]);
    expect(patch[annotations.latestReconciledGeneration]).toBe("3");
  });
});

describe("a copy", () => {
  test("has what the user wrote, and of the operator's notes only those that stay true", () => {
    const source = network({
      [annotations.acceptedGoal]: "goal",
      [annotations.drift]: "detect",
      "serviceoperator.azure.com/bi-poller-resume-token": "token",
    });
    const { metadata, spec } = targetObject(source, from, to) as unknown as CustomResource;
    expect(spec).toEqual(virtualNetwork().spec);
    expect(Object.keys(metadata.annotations ?? {}).toSorted()).toEqual(
      [
        annotations.drift,
        annotations.transfer,
        annotations.latestReconciledGeneration,
        annotations.operatorNamespace,
        annotations.reconcilePolicy,
        annotations.resourceId,
      ].toSorted(),
    );
    expect(metadata.finalizers).toBeUndefined();
  });

  test("of a resource that was never sent does not say that it was", () => {
    const source = group({ [annotations.reconcilePolicy]: "skip" });
    const { [annotations.latestReconciledGeneration]: _sent, ...rest } =
      source.resource.metadata.annotations ?? {};
    const resource = {
      ...source.resource,
      metadata: { ...source.resource.metadata, annotations: rest },
    };
    const { metadata } = targetObject(
      { ...source, resource },
      from,
      to,
    ) as unknown as CustomResource;
    expect(metadata.annotations).not.toHaveProperty([annotations.latestReconciledGeneration]);
  });
});

function renewed(resource: CustomResource): CustomResource {
  return { ...resource, metadata: { ...resource.metadata, uid: "another uid" } };
}

function madeBy(resource: CustomResource): CustomResource {
  const owner = { apiVersion: "kro.run/v1", kind: "App", name: "shop", uid: "x", controller: true };
  return { ...resource, metadata: { ...resource.metadata, ownerReferences: [owner] } };
}

function annotated(resource: CustomResource, patch: Readonly<Record<string, string | null>>) {
  const merged: JsonObject = { ...resource.metadata.annotations, ...patch };
  const noted = Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  return { ...resource, metadata: { ...resource.metadata, annotations: noted } };
}
