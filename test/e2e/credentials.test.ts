import { generateKeyPairSync } from "node:crypto";
import { TableClient, TableServiceClient } from "@azure/data-tables";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Condition } from "../../src/core/resource/types.ts";
import { buildRole } from "../../src/rbac/build-role.ts";
import { createSelfSigned } from "../../src/sandbox/tls/self-signed.ts";
import { eventually } from "./world/eventually.ts";
import { flexibleServer, identity, resourceGroup, storageAccount } from "./world/kinds.ts";
import { Space } from "./world/space.ts";
import { armId, atRest, startWorld, subscription, type World } from "./world/world.ts";

const credentialFrom = "serviceoperator.azure.com/credential-from";
const tenant = "00000000-0000-0000-0000-000000000002";
const second = "00000000-0000-0000-0000-00000000000b";

/** Values that must appear nowhere but in the cluster's Secrets and at Entra and ARM. */
const canaries = {
  clientSecret: "canary-client-secret-7f3a",
  rotatedSecret: "canary-rotated-secret-91bd",
  refusedSecret: "canary-refused-secret-55c0",
  password: "Canary-Passw0rd-2e4f",
};

/** Everything is allowed but for one namespace, and one that no rule is for. */
const policy = [
  {
    match: {
      namespaces: ["global", "secret", "certificate", "federated", "own-account", "named"],
    },
    allow: {},
  },
  { match: { namespaces: ["refused", "moved", "rotated", "canary"] }, allow: {} },
  {
    match: { clusters: ["one"], namespaces: ["fenced"] },
    allow: {
      subscriptions: [subscription],
      resourceGroups: ["fenced-*"],
      kinds: ["*.resources.azure.com", "*.managedidentity.azure.com"],
      identities: ["app"],
    },
  },
];

let world: World;
/** Entra takes RSA keys only. That the certificate is another key's shows nowhere: the embedded Entra checks no signature. */
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

beforeAll(async () => {
  world = await startWorld({ settings: { ASO_FUNCTIONS_POLICY: JSON.stringify(policy) } });
  world.arm.set({
    subscriptions: [subscription, second],
    clientSecrets: { "client-secret": canaries.clientSecret, global: "sandbox" },
  });
}, 120_000);

afterAll(() => world?.stop());

function credential(clientId: string, more: Readonly<Record<string, string>>) {
  return {
    AZURE_SUBSCRIPTION_ID: subscription,
    AZURE_TENANT_ID: tenant,
    AZURE_CLIENT_ID: clientId,
    ...more,
  };
}

/** Who wrote a resource group, as `tenant/client`. */
function writersOf(name: string): readonly string[] {
  const id = armId(name);
  return world.arm
    .journal()
    .filter(({ method, url }) => method === "PUT" && url.toLowerCase().split("?")[0] === id)
    .map(({ principal }) => principal);
}

async function announced(space: Space, name: string): Promise<string | undefined> {
  const found = (await space.events(name)).find(({ reason }) => reason === "CredentialFrom");
  return found?.message;
}

describe("the credential of a resource is", { timeout: 60_000 }, () => {
  it("the app's own where a namespace has none", async () => {
    const space = await world.cluster.space("global");
    await space.create(resourceGroup("global-rg"));
    await space.ready("ResourceGroup", "global-rg");
    expect(writersOf("global-rg")).toEqual([`${tenant}/00000000-0000-0000-0000-000000000003`]);
    expect(await announced(space, "global-rg")).toBe('Using credential from "global"');
  });

  it("the namespace's Secret aso-credential with a client secret", async () => {
    const space = await world.cluster.space("secret");
    const data = credential("client-secret", { AZURE_CLIENT_SECRET: canaries.clientSecret });
    await space.secret("aso-credential", data);
    await space.create(resourceGroup("secret-rg"));
    await space.ready("ResourceGroup", "secret-rg");
    expect(writersOf("secret-rg")).toEqual([`${tenant}/client-secret`]);
    expect(await announced(space, "secret-rg")).toBe(
      'Using credential from "secret/aso-credential"',
    );
  });

  it("the namespace's certificate", async () => {
    const space = await world.cluster.space("certificate");
    const pem = `${key}\n${createSelfSigned().cert}`;
    await space.secret(
      "aso-credential",
      credential("with-certificate", { AZURE_CLIENT_CERTIFICATE: pem }),
    );
    await space.create(resourceGroup("certificate-rg"));
    await space.ready("ResourceGroup", "certificate-rg");
    expect(writersOf("certificate-rg")).toEqual([`${tenant}/with-certificate`]);
  });

  it("a token of the federated service account where the Secret holds no proof", async () => {
    const space = await world.cluster.space("federated");
    await space.secret("aso-credential", credential("federated-client", {}));
    await space.create(resourceGroup("federated-rg"));
    await space.ready("ResourceGroup", "federated-rg");
    expect(writersOf("federated-rg")).toEqual([`${tenant}/federated-client`]);
  });

  it("a token of the namespace's own service account where the Namespace names one", async () => {
    const { plane } = world.cluster;
    const space = await world.cluster.space("own-account", {
      "aso-functions/service-account": "azure",
    });
    await plane.serviceAccountToken("own-account", "azure");
    await space.secret("aso-credential", credential("own-client", {}));
    await space.create(resourceGroup("own-account-rg"));
    const missing = (ready: Condition | undefined) =>
      ready?.message?.includes("aso-functions rbac --workload-identity") === true &&
      ready.message.includes("own-account/azure");
    await space.until("ResourceGroup", "own-account-rg", missing);
    expect(writersOf("own-account-rg")).toEqual([]);
    const objects = buildRole({
      name: "own",
      groups: [],
      secretsNamespaces: [],
      tokenAccounts: [{ namespace: "own-account", name: "azure" }],
      subject: { kind: "ServiceAccount", namespace: "aso-functions", name: "controller" },
    }).filter(({ kind }) => kind === "Role" || kind === "RoleBinding");
    await plane.kubectl(["apply", "-f", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    });
    await space.ready("ResourceGroup", "own-account-rg");
    expect(writersOf("own-account-rg")).toEqual([`${tenant}/own-client`]);
  });

  it("the Secret that its annotation names, which may be for another subscription", async () => {
    const space = await world.cluster.space("named");
    await space.secret("aso-credential", credential("nobody", { AZURE_CLIENT_SECRET: "wrong" }));
    const data = credential("named-client", {
      AZURE_SUBSCRIPTION_ID: second,
      AZURE_CLIENT_SECRET: canaries.clientSecret,
    });
    await space.secret("special", data);
    const annotations = { [credentialFrom]: "special" };
    await space.create(resourceGroup("named-rg", {}, { annotations }));
    const found = await space.ready("ResourceGroup", "named-rg");
    expect(found.status?.["id"]).toBe(`/subscriptions/${second}/resourceGroups/named-rg`);
  });
});

describe("a credential that does not work", { timeout: 60_000 }, () => {
  it("is told in Entra's words, never falls back, and a corrected one is taken within seconds", async () => {
    const space = await world.cluster.space("refused");
    const data = credential("client-secret", { AZURE_CLIENT_SECRET: canaries.refusedSecret });
    await space.secret("aso-credential", data);
    await space.create(resourceGroup("refused-rg"));
    const told = await space.until(
      "ResourceGroup",
      "refused-rg",
      (ready) => ready?.message?.includes("AADSTS7000215") === true,
    );
    expect(JSON.stringify(told.status)).toContain("refused/aso-credential");
    expect(writersOf("refused-rg")).toEqual([]);
    // Some time passes before somebody corrects it; the back-off grows meanwhile.
    const refusals = () => world.arm.stats().byStatus["401"] ?? 0;
    await eventually("the back-off grew", () => refusals() >= 5, 40);
    await space.patchSecret("aso-credential", { AZURE_CLIENT_SECRET: canaries.clientSecret });
    await space.ready("ResourceGroup", "refused-rg", 6);
  });

  it("for another subscription than the resource was claimed in stops it, and sends nothing", async () => {
    const space = await world.cluster.space("moved");
    const data = credential("client-secret", { AZURE_CLIENT_SECRET: canaries.clientSecret });
    await space.secret("aso-credential", data);
    await space.create(resourceGroup("moved-rg"));
    await space.ready("ResourceGroup", "moved-rg");
    await space.patchSecret("aso-credential", { AZURE_SUBSCRIPTION_ID: second });
    await space.patch("ResourceGroup", "moved-rg", { spec: { tags: { a: "b" } } });
    const told = await space.reason("ResourceGroup", "moved-rg", "SubscriptionMismatch");
    expect(told.message).toMatch(/Use a credential for that subscription|Restore the credential/);
    expect(writersOf("moved-rg")).toHaveLength(1);
  });
});

describe("the central policy", { timeout: 60_000 }, () => {
  it("lets a namespace do what a rule allows, and refuses the rest before anything is sent", async () => {
    const space = await world.cluster.space("fenced");
    const theirs = `/subscriptions/${subscription}/resourceGroups/not-fenced`;
    await space.create(
      resourceGroup("fenced-rg"),
      resourceGroup("not-fenced"),
      identity("fenced-mi", "", { owner: { armId: theirs } }),
      storageAccount("fencedsa", "fenced-rg"),
    );
    await space.ready("ResourceGroup", "fenced-rg");
    const refused = await Promise.all([
      space.reason("ResourceGroup", "not-fenced", "PolicyDenied"),
      space.reason("UserAssignedIdentity", "fenced-mi", "PolicyDenied"),
      space.reason("StorageAccount", "fencedsa", "PolicyDenied"),
    ]);
    expect(refused.map(({ message }) => message)).toEqual([
      expect.stringContaining('the resource group "not-fenced"'),
      expect.stringContaining('the resource group "not-fenced"'),
      expect.stringContaining("the kind StorageAccount.storage.azure.com"),
    ]);
    const sent = world.arm.journal().map(({ url }) => url.toLowerCase());
    expect(sent.filter((url) => /not-fenced|fencedsa/.test(url))).toEqual([]);
    await space.delete("UserAssignedIdentity", "fenced-mi");
    await space.gone("UserAssignedIdentity", "fenced-mi");
  });

  it("takes no credential of a tenant for the app's identity, and asks for no token with it", async () => {
    const space = Space.of(world.cluster.plane, "fenced");
    await space.secret("own", credential("app", { AZURE_CLIENT_SECRET: canaries.clientSecret }));
    const annotations = { [credentialFrom]: "own" };
    await space.create(resourceGroup("fenced-app", {}, { annotations }));
    const { message } = await space.reason("ResourceGroup", "fenced-app", "PolicyDenied");
    expect(message).toContain('the identity "app" of the credential fenced/own');
    expect(writersOf("fenced-app")).toEqual([]);
  });

  it("refuses everything in a namespace that no rule is for", async () => {
    const space = await world.cluster.space("nobody");
    await space.create(resourceGroup("fenced-nobody"));
    const { message } = await space.reason("ResourceGroup", "fenced-nobody", "PolicyDenied");
    expect(message).toContain("anything in this namespace");
    expect(writersOf("fenced-nobody")).toEqual([]);
  });
});

describe("a rotated credential", { timeout: 60_000 }, () => {
  it("is used for the next write", async () => {
    const space = await world.cluster.space("rotated");
    const data = credential("rotating", { AZURE_CLIENT_SECRET: canaries.clientSecret });
    await space.secret("aso-credential", data);
    await space.create(resourceGroup("rotated-rg"));
    await space.ready("ResourceGroup", "rotated-rg");
    world.arm.set({ clientSecrets: { rotating: canaries.rotatedSecret } });
    await space.patchSecret("aso-credential", { AZURE_CLIENT_SECRET: canaries.rotatedSecret });
    await space.patch("ResourceGroup", "rotated-rg", { spec: { tags: { a: "b" } } });
    await space.until("ResourceGroup", "rotated-rg", (ready, found) => {
      return ready?.status === "True" && found.metadata.generation === ready.observedGeneration;
    });
    expect(writersOf("rotated-rg")).toHaveLength(2);
  });
});

describe("secret values", { timeout: 60_000 }, () => {
  it("appear in no queue, table, log line, event, condition or annotation", async () => {
    const space = await world.cluster.space("canary");
    const seen = watchQueues(world.sandbox.azurite.connectionString);
    await space.secret("password", { password: canaries.password });
    await space.create(
      resourceGroup("canary-rg"),
      identity("canary-mi", "canary-rg"),
      flexibleServer("canary-pg", "canary-rg", "password"),
      storageAccount("canarysa", "canary-rg", {
        operatorSpec: { secrets: { key1: { name: "keys", key: "key1" } } },
      }),
    );
    await space.ready("FlexibleServer", "canary-pg");
    await space.ready("StorageAccount", "canarysa");
    await atRest(world);
    const exported = (await space.data("secrets", "keys"))?.["key1"] ?? "";
    expect(exported).not.toBe("");
    const hidden = [
      ...Object.values(canaries),
      exported,
      // One line out of the middle of the key: PEM may be re-wrapped, never re-encoded.
      key.split("\n")[9] ?? key,
    ];
    const messages = await seen.stop();
    expect(messages).toContain("canary-pg");
    const places = [...(await everyPlace()), ["queues", messages] as const];
    for (const [place, text] of places) {
      const leaked = hidden.filter(
        (value) => text.includes(value) || text.includes(Buffer.from(value).toString("base64")),
      );
      expect({ place, leaked }).toEqual({ place, leaked: [] });
    }
    // A place that could not be read proves nothing.
    expect(places.filter(([, text]) => text.length < 50)).toEqual([]);
  });
});

/** Everything that the controller keeps or says, by place. */
async function everyPlace(): Promise<readonly (readonly [string, string])[]> {
  const { connectionString } = world.sandbox.azurite;
  const lines = world.lines.map((line) => JSON.stringify(line)).join("\n");
  const objects = await Promise.all(
    ["events", "resourcegroups", "flexibleservers", "storageaccounts"].map(async (plural) => {
      const { stdout } = await world.cluster.plane.kubectl([
        "get",
        plural,
        "-A",
        "-o",
        "json",
        "--show-managed-fields",
      ]);
      return [plural, stdout] as const;
    }),
  );
  return [
    ["lines", lines],
    ["tables", await tableTexts(connectionString)],
    ["fleet", JSON.stringify(await world.fleet())],
    ...objects,
  ];
}

/** Collects every message that is to be seen in a queue, until it is stopped. */
function watchQueues(connectionString: string): { stop(): Promise<string> } {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  const texts = new Set<string>();
  let stopped = false;
  const look = async (): Promise<void> => {
    for await (const { name } of service.listQueues()) {
      const { peekedMessageItems } = await service
        .getQueueClient(name)
        .peekMessages({ numberOfMessages: 32 });
      for (const { messageText } of peekedMessageItems) texts.add(decoded(messageText));
    }
  };
  const looking = (async () => {
    while (!stopped) await look();
  })();
  return {
    async stop() {
      stopped = true;
      await looking;
      return [...texts].join("\n");
    },
  };
}

function decoded(text: string): string {
  return `${text} ${Buffer.from(text, "base64").toString()}`;
}

async function tableTexts(connectionString: string): Promise<string> {
  const options = { allowInsecureConnection: true };
  const service = TableServiceClient.fromConnectionString(connectionString, options);
  const texts: string[] = [];
  for await (const { name } of service.listTables()) {
    const table = TableClient.fromConnectionString(connectionString, name ?? "", options);
    for await (const entity of table.listEntities()) texts.push(JSON.stringify(entity));
  }
  return texts.join("\n");
}
