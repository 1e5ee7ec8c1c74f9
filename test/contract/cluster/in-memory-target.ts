import { InMemoryCluster } from "../../doubles/in-memory-cluster.ts";
import type { StoredObject } from "../../doubles/in-memory-object-store.ts";
import { type ClusterTarget, type ExportedObject, widgets } from "./cluster-target.ts";

/** The double as a target of the contract suite. */
export async function startInMemory(): Promise<ClusterTarget> {
  const cluster = new InMemoryCluster({ kinds: [widgets], watches: "wait" });
  return {
    cluster,
    user: {
      createNamespace: async (name, annotations) => cluster.putNamespace(name, annotations),
      create: async (resource) => void cluster.create(resource),
      edit: async (ref, patch) => void cluster.edit(ref, patch),
      delete: async (ref) => cluster.delete(ref),
      putSecret: async (namespace, name, data) => cluster.putSecret(namespace, name, data),
      putConfigMap: async (namespace, name, data) => cluster.putConfigMap(namespace, name, data),
      createServiceAccount: async (namespace, name) =>
        void cluster.serviceAccounts.add(`${namespace}/${name}`),
      exported: async (kind, namespace, name) =>
        toExported(cluster.exported(kind, namespace, name)),
      events: async (namespace) => cluster.events.filter((event) => event.namespace === namespace),
      expiredVersion: async () => {
        cluster.store.compact();
        return String(cluster.store.compactedVersion - 1);
      },
    },
    close: async () => undefined,
  };
}

function toExported(object: StoredObject | undefined): ExportedObject | undefined {
  if (object === undefined) {
    return undefined;
  }
  const { resourceVersion, labels, annotations, ownerReferences } = object.metadata;
  return {
    resourceVersion: String(resourceVersion),
    data: object["data"] as Record<string, string>,
    labels: (labels ?? {}) as Record<string, string>,
    annotations: (annotations ?? {}) as Record<string, string>,
    ownerUids: ((ownerReferences ?? []) as { uid: string }[]).map((owner) => owner.uid),
  };
}
