import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { QueueClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSelfSigned } from "../../src/sandbox/tls/self-signed.ts";
import { eventually } from "./world/eventually.ts";
import {
  flexibleServer,
  identity,
  type Kind,
  type ResourceManifest,
  resource,
  resourceGroup,
} from "./world/kinds.ts";
import type { Space } from "./world/space.ts";
import {
  armId,
  clusterEntry,
  startWorld,
  subscription,
  type World,
  type WorldCluster,
  writesTo,
} from "./world/world.ts";

const aso = "serviceoperator.azure.com/";
const otherSubscription = "99999999-9999-9999-9999-999999999999";
const settledMs = 2_500;

let world: World;
let space: Space;

beforeAll(async () => {
  world = await startWorld({
    clusters: ["one", "bare"],
    withoutCrds: ["bare"],
    moreClusters: unusableClusters,
  });
  space = await world.cluster.space("bad");
  await space.create(resourceGroup("rg"));
  await space.ready("ResourceGroup", "rg");
  await foreignMessage();
}, 150_000);

afterAll(() => world?.stop());

/** Registrations of the first cluster with a certificate, a token and a server that are not its own. */
async function unusableClusters(started: readonly WorldCluster[]) {
  const plane = started[0]?.plane;
  if (plane === undefined) throw new Error("no cluster");
  const stranger = Buffer.from(createSelfSigned().cert).toString("base64");
  const file = async (name: string, server: string, ca: string, token: string) => {
    const target = path.join(plane.dataDir, `kubeconfig-${name}`);
    const cluster = { server, "certificate-authority-data": ca };
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    };
    await writeFile(target, JSON.stringify(config));
    return clusterEntry(name, target);
  };
  return [
    await file("wrong-certificate", plane.url, stranger, plane.token),
    await file("refused-token", plane.url, plane.caData, "no-longer-valid"),
    await file("nowhere", "https://127.0.0.1:1", plane.caData, plane.token),
  ];
}

async function foreignMessage(): Promise<void> {
  const queue = new QueueClient(world.sandbox.azurite.connectionString, "aso-reconcile");
  const text = JSON.stringify({ hello: "I am no wake-up" });
  await queue.sendMessage(Buffer.from(text).toString("base64"));
}

type Refused = {
  readonly because: string;
  readonly manifest: ResourceManifest;
  readonly reason: string;
  /** Cause and way out, as the condition tells them. */
  readonly tells: readonly RegExp[];
};

const groupId = `/subscriptions/${subscription}/resourceGroups/rg`;

const refused: readonly Refused[] = [
  {
    because: "its owner does not exist",
    manifest: identity("no-owner", "nobody"),
    reason: "WaitingForOwner",
    tells: [/"nobody, Group\/Kind: resources.azure.com\/ResourceGroup"/, /until the owner is/],
  },
  {
    because: "its owner's ARM id is of another type",
    manifest: resource("UserAssignedIdentity", "owner-of-other-type", {
      location: "westus3",
      owner: { armId: `${groupId}/providers/Microsoft.Network/virtualNetworks/net` },
    }),
    reason: "ReferenceNotFound",
    tells: [/virtualNetworks/, /must be the id of a Microsoft.Resources\/resourceGroups/],
  },
  {
    because: "its owner is in another subscription",
    manifest: resource("UserAssignedIdentity", "owner-elsewhere", {
      location: "westus3",
      owner: { armId: `/subscriptions/${otherSubscription}/resourceGroups/rg` },
    }),
    reason: "SubscriptionMismatch",
    tells: [new RegExp(otherSubscription), new RegExp(subscription)],
  },
  {
    because: "its owner names a kind that is none of a cluster's",
    manifest: resource("RoleAssignment", "owner-of-other-kind", {
      owner: { group: "apps", kind: "Deployment", name: "rg" },
      principalId: "99999999-8888-7777-6666-555555555555",
      roleDefinitionReference: {
        armId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`,
      },
    }),
    reason: "WaitingForOwner",
    tells: [/apps\/Deployment/, /azure\.com|armId|owner/],
  },
  {
    because: "a Secret does not have the key",
    manifest: flexibleServer("no-key", "rg", "half"),
    reason: "SecretNotFound",
    tells: [/"bad\/half" does not contain key "password"/, /goes on as soon as/],
  },
  {
    because: "the credential Secret that it names is not there",
    manifest: resourceGroup(
      "no-credential",
      {},
      { annotations: { [`${aso}credential-from`]: "x" } },
    ),
    reason: "Failed",
    tells: [/bad\/x/, /Create it, or correct or remove the annotation/],
  },
  {
    because: "the credential Secret that it names has no client id",
    manifest: resourceGroup(
      "half-credential",
      {},
      {
        annotations: { [`${aso}credential-from`]: "half" },
      },
    ),
    reason: "Failed",
    tells: [/bad\/half/, /"AZURE_CLIENT_ID"/, /Add/],
  },
  {
    because: "a character of its name would end the path",
    manifest: identity("path-name", "rg", { azureName: "half?name#" }),
    reason: "Failed",
    tells: [/"half\?name#" contains "\?"/, /Set spec\.azureName/],
  },
  {
    because: "ARM does not take the characters of its name",
    manifest: identity("bad-name", "rg", { azureName: "half<name" }),
    reason: "InvalidResourceName",
    tells: [/half<name is invalid/, /characters that are not allowed/],
  },
];

describe("a resource says why it cannot go on and what helps, because", { timeout: 60_000 }, () => {
  beforeAll(() => space.secret("half", { AZURE_SUBSCRIPTION_ID: subscription }));

  it.each(refused)("$because", async ({ manifest, reason, tells }) => {
    await space.create(manifest);
    const found = await space.reason(manifest.kind, manifest.metadata.name, reason, 15);
    expect(found.status).toBe("False");
    for (const words of tells) expect(found.message).toMatch(words);
  });

  it("nothing of it was created in Azure", () => {
    const created = Object.keys(world.arm.stats().putPerId);
    expect(created).toEqual([armId("rg")]);
  });
});

describe("the API server refuses", () => {
  it.each([
    {
      because: "a field that no version has",
      spec: { location: "westus3", nonsense: 1 },
      words: 'unknown field "spec.nonsense"',
    },
    {
      because: "a value of the wrong type",
      spec: { location: 7 },
      words: "spec.location in body must be of type string",
    },
    {
      because: "a name that Azure would not take",
      kind: "StorageAccount",
      spec: { location: "westus3", owner: { name: "rg" }, azureName: "Not_Valid!" },
      words: "spec.azureName in body should match '^[a-z0-9]+$'",
    },
    {
      because: "an owner that is no ARM id",
      kind: "UserAssignedIdentity",
      spec: { location: "westus3", owner: { armId: "/subscriptions/x/providers/Nonsense" } },
      words: "spec.owner.armId in body should match",
    },
    {
      because: "a required field that is missing",
      spec: {},
      words: "spec.location: Required value",
    },
  ])("$because, in its own words", async ({ spec, words, ...rest }) => {
    const kind = "kind" in rest ? (rest.kind as Kind) : "ResourceGroup";
    const manifest = resource(kind, "refused", spec, { namespace: "bad" });
    const { code, stderr } = await world.cluster.plane.kubectl(["create", "-f", "-"], {
      input: JSON.stringify(manifest),
    });
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });
});

describe("what users edit is not trusted:", { timeout: 60_000 }, () => {
  it("a misspelt policy is told in an event and counts as manage", async () => {
    const annotations = { [`${aso}reconcile-policy`]: "Skip" };
    await space.create(resourceGroup("typo", {}, { annotations }));
    await space.ready("ResourceGroup", "typo");
    const events = await space.events("typo");
    const told = events.find(({ reason }) => reason === "InvalidReconcilePolicy");
    expect(told?.message).toMatch(/"Skip" .*manage, skip or detach-on-delete/);
  });

  it("an edited resource-id sends nothing anywhere, not even a DELETE, until it is put back", async () => {
    await space.create(resourceGroup("edited"), resourceGroup("victim"));
    await space.ready("ResourceGroup", "edited");
    await space.ready("ResourceGroup", "victim");
    const victim = `/subscriptions/${subscription}/resourceGroups/victim`;
    await space.annotate("ResourceGroup", "edited", { [`${aso}resource-id`]: victim });
    const told = await space.reason("ResourceGroup", "edited", "Failed");
    expect(told.message).toContain(`"${victim}"`);
    expect(told.message).toContain("Restore");
    await space.delete("ResourceGroup", "edited");
    await space.until(
      "ResourceGroup",
      "edited",
      (ready) => ready?.message?.includes("Nothing was deleted") === true,
    );
    expect(writesTo(world.arm, armId("victim"))).toEqual(["PUT"]);
    expect(writesTo(world.arm, armId("edited"))).toEqual(["PUT"]);
    const own = `/subscriptions/${subscription}/resourceGroups/edited`;
    await space.annotate("ResourceGroup", "edited", { [`${aso}resource-id`]: own });
    await space.gone("ResourceGroup", "edited");
    expect(writesTo(world.arm, armId("edited"))).toEqual(["PUT", "DELETE"]);
  });

  it("a resume token that points elsewhere is not followed, and the resource says so", async () => {
    await space.create(resourceGroup("token"));
    await space.ready("ResourceGroup", "token");
    const poll = { type: "body", pollURL: "https://evil.example/collect", state: "InProgress" };
    await space.patch("ResourceGroup", "token", {
      metadata: {
        annotations: {
          [`${aso}poller-resume-id`]: "GenericClient.CreateOrUpdateByID",
          [`${aso}poller-resume-token`]: JSON.stringify({ type: "GenericResource", token: poll }),
        },
      },
      spec: { tags: { edited: "yes" } },
    });
    const told = await space.until(
      "ResourceGroup",
      "token",
      (ready) => ready?.message?.includes("evil.example") === true,
    );
    expect(JSON.stringify(told.status)).toMatch(/Nothing was sent\. Remove the annotations/);
    await space.annotate("ResourceGroup", "token", {
      [`${aso}poller-resume-id`]: null,
      [`${aso}poller-resume-token`]: null,
    });
    await space.patch("ResourceGroup", "token", { spec: { tags: { edited: "again" } } });
    await space.ready("ResourceGroup", "token");
    expect(world.arm.resource(armId("token"))).toMatchObject({ tags: { edited: "again" } });
  });

  it("two resources that name one ARM id: the first keeps it, the second says who has it", async () => {
    const other = await world.cluster.space("bad-too");
    await other.create(resourceGroup("mine-too", { azureName: "rg", tags: { stolen: "yes" } }));
    const told = await other.reason("ResourceGroup", "mine-too", "AzureResourceInUse");
    expect(told.message).toMatch(/ResourceGroup bad\/rg of cluster one.*azureName/);
    await other.delete("ResourceGroup", "mine-too");
    await other.gone("ResourceGroup", "mine-too");
    expect(writesTo(world.arm, armId("rg"))).toEqual(["PUT"]);
    expect(world.arm.resource(armId("rg"))).not.toHaveProperty("tags.stolen");
  });
});

describe("a cluster that cannot be managed is told on the fleet page:", () => {
  it.each([
    { name: "wrong-certificate", tells: [/ClusterUnreachable/, /certificate/i] },
    { name: "refused-token", tells: [/ClusterUnauthorized/, /401|Unauthorized/i] },
    { name: "nowhere", tells: [/ClusterUnreachable/, /ECONNREFUSED|connect/i] },
    { name: "bare", tells: [/CRD/, /aso-functions crds/] },
  ])("$name", async ({ name, tells }) => {
    await eventually(`a problem of ${name}`, async () => {
      const found = (await world.fleet()).clusters.find((one) => one.name === name);
      return found?.problem !== undefined;
    });
    const found = (await world.fleet()).clusters.find((one) => one.name === name);
    for (const words of tells) expect(found?.problem).toMatch(words);
  });
});

describe("with all of that around it", { timeout: 120_000 }, () => {
  it("a message that is not ours ends in the log and on the fleet page, and holds nothing up", async () => {
    await eventually(
      "the message was given up",
      () =>
        world.lines.some(
          (line) => line.event === "log" && line.message.includes("a poisoned message is dropped"),
        ),
      100,
    );
    const { queues } = await world.fleet();
    const poisoned = Object.entries(queues).filter(([name]) => name.endsWith("-poison"));
    expect(poisoned.map(([, length]) => length)).toEqual([0, 0, 0]);
    const { notices } = await world.fleet();
    expect(notices.map(({ about }) => about)).toContain("queue reconcile");
  });

  it("resources that are in order were written once and are still Ready", async () => {
    await sleep(settledMs);
    for (const name of ["rg", "victim", "typo"]) {
      await space.ready("ResourceGroup", name);
      expect(writesTo(world.arm, armId(name))).toEqual(["PUT"]);
    }
    expect(world.arm.stats().unexpectedDeletes).toBeLessThanOrEqual(1);
  });

  it("a corrected resource goes on without anything else", async () => {
    await space.create(resourceGroup("nobody"));
    await space.ready("UserAssignedIdentity", "no-owner");
  });
});
