/**
 * Stand-ins for the two parts of kube-controller-manager that users of custom resources rely on: namespace deletion and the garbage
 * collector. They act by polling, on `*.azure.com`, Secrets and ConfigMaps (the namespace deletion on everything), and know no quota, no
 * conditions on namespaces, and no service accounts. A test that uses them says so.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "./api-client.ts";
import {
  collectionPath,
  listMetadata,
  type ObjectMetadata,
  objectPath,
  type ServedResource,
  servedResources,
} from "./served-resources.ts";

/** Runs both stand-ins every `intervalMs` until it is stopped. @default 250 */
export function startControllers(
  api: ApiClient,
  options: { readonly intervalMs?: number } = {},
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await controllerPass(api);
      await sleep(options.intervalMs ?? 250, undefined, { ref: false });
    }
  };
  const looping = loop();
  // Whoever stops them hears of a failure; until then it must not end the process.
  looping.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await looping;
    },
  };
}

/** One pass of both, for tests that want to decide when. */
export async function controllerPass(api: ApiClient): Promise<void> {
  const resources = await servedResources(api);
  await deleteNamespaces(api, resources);
  await collectGarbage(api, resources.filter(isCollected));
}

function isCollected({ group, kind }: ServedResource): boolean {
  return group.endsWith(".azure.com") || (group === "" && ["Secret", "ConfigMap"].includes(kind));
}

type Namespace = { readonly metadata: ObjectMetadata; readonly spec: object };

/** Empties every namespace that is being deleted; finalizes it when it is empty. */
async function deleteNamespaces(
  api: ApiClient,
  resources: readonly ServedResource[],
): Promise<void> {
  const { items } = (await api.must("GET", "/api/v1/namespaces")) as {
    items: readonly Namespace[];
  };
  for (const namespace of items) {
    if (namespace.metadata.deletionTimestamp === undefined) continue;
    const { name } = namespace.metadata;
    let remaining = 0;
    for (const resource of resources) {
      if (!resource.namespaced) continue;
      const objects = await listMetadata(api, resource, name);
      remaining += objects.length;
      if (objects.some((object) => object.deletionTimestamp === undefined)) {
        await api.send("DELETE", collectionPath(resource, name), {
          body: { propagationPolicy: "Background" },
        });
      }
    }
    if (remaining > 0) continue;
    await api.send("PUT", `/api/v1/namespaces/${name}/finalize`, {
      body: { ...namespace, spec: { ...namespace.spec, finalizers: [] } },
    });
  }
}

type Item = { readonly resource: ServedResource; readonly object: ObjectMetadata };

async function collectGarbage(api: ApiClient, resources: readonly ServedResource[]): Promise<void> {
  const items: Item[] = [];
  for (const resource of resources) {
    for (const object of await listMetadata(api, resource)) items.push({ resource, object });
  }
  for (const item of items) {
    const finalizers = item.object.finalizers ?? [];
    if (finalizers.includes("foregroundDeletion")) await deleteInForeground(api, item, items);
    else if (finalizers.includes("orphan")) await orphan(api, item, items);
    else if (await hasLostOwners(api, item, resources)) {
      await deleteObject(api, item, "Background");
    }
  }
}

/** True when the object names owners and none of them exists. An owner of a kind that is not looked after counts as existing. */
async function hasLostOwners(
  api: ApiClient,
  { object }: Item,
  resources: readonly ServedResource[],
): Promise<boolean> {
  const owners = object.ownerReferences ?? [];
  if (owners.length === 0 || object.deletionTimestamp !== undefined) return false;
  for (const owner of owners) {
    const [group = "", version] = owner.apiVersion.split("/");
    const ownerGroup = version === undefined ? "" : group;
    const resource = resources.find((r) => r.group === ownerGroup && r.kind === owner.kind);
    if (resource === undefined) return false;
    const namespace = resource.namespaced ? object.namespace : undefined;
    const { status, body } = await api.send(
      "GET",
      `${collectionPath(resource, namespace)}/${owner.name}`,
    );
    const found = body as { readonly metadata?: { readonly uid?: string } };
    if (status !== 404 && found.metadata?.uid === owner.uid) return false;
  }
  return true;
}

async function deleteInForeground(api: ApiClient, item: Item, items: readonly Item[]) {
  const dependents = dependentsOf(item, items);
  for (const dependent of dependents) {
    if (dependent.object.deletionTimestamp !== undefined) continue;
    await deleteObject(api, dependent, "Foreground");
  }
  const blocking = dependents.some(({ object }) =>
    object.ownerReferences?.some(
      (owner) => owner.uid === item.object.uid && owner.blockOwnerDeletion === true,
    ),
  );
  if (!blocking) await removeFinalizer(api, item, "foregroundDeletion");
}

async function orphan(api: ApiClient, item: Item, items: readonly Item[]) {
  for (const { resource, object } of dependentsOf(item, items)) {
    const ownerReferences = object.ownerReferences?.filter((o) => o.uid !== item.object.uid);
    await patchMetadata(api, resource, object, { ownerReferences });
  }
  await removeFinalizer(api, item, "orphan");
}

function dependentsOf(item: Item, items: readonly Item[]): readonly Item[] {
  return items.filter(({ object }) =>
    object.ownerReferences?.some((owner) => owner.uid === item.object.uid),
  );
}

async function deleteObject(api: ApiClient, { resource, object }: Item, policy: string) {
  await api.send("DELETE", objectPath(resource, object), {
    body: { propagationPolicy: policy, preconditions: { uid: object.uid } },
  });
}

async function removeFinalizer(api: ApiClient, { resource, object }: Item, name: string) {
  const finalizers = object.finalizers?.filter((finalizer) => finalizer !== name);
  await patchMetadata(api, resource, object, { finalizers });
}

/** A conflict is left to the next pass. */
async function patchMetadata(
  api: ApiClient,
  resource: ServedResource,
  object: ObjectMetadata,
  change: object,
) {
  await api.send("PATCH", objectPath(resource, object), {
    body: { metadata: { ...change, uid: object.uid, resourceVersion: object.resourceVersion } },
  });
}
