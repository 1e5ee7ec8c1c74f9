import type { ApiClient } from "./api-client.ts";

/** A resource that objects can be listed and deleted of, at its preferred version. */
export type ServedResource = {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Path of all its objects; see {@link collectionPath} for those of one namespace. */
  readonly base: string;
  readonly plural: string;
};

/** What the stand-in controllers read of an object. */
export type ObjectMetadata = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly blockOwnerDeletion?: boolean;
  }[];
};

type Discovery = {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind: { readonly kind: string };
        readonly scope: string;
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
};

const discoveryType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const metadataType = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Everything the server serves that can be listed and deleted. */
export async function servedResources(api: ApiClient): Promise<readonly ServedResource[]> {
  const result: ServedResource[] = [];
  for (const root of ["/api", "/apis"]) {
    const discovery = (await api.must("GET", root, { accept: discoveryType })) as Discovery;
    result.push(...discovery.items.flatMap(resourcesOf));
  }
  return result;
}

function resourcesOf({ metadata, versions }: Discovery["items"][number]): ServedResource[] {
  const [preferred] = versions;
  const group = metadata.name ?? "";
  const base = group === "" ? `/api/${preferred?.version}` : `/apis/${group}/${preferred?.version}`;
  return (preferred?.resources ?? [])
    .filter(({ verbs }) => verbs.includes("list") && verbs.includes("delete"))
    .map(({ resource, responseKind, scope }) => ({
      group,
      kind: responseKind.kind,
      namespaced: scope === "Namespaced",
      base,
      plural: resource,
    }));
}

/** Path of the objects of a resource, in one namespace when it is given. */
export function collectionPath(resource: ServedResource, namespace?: string): string {
  const scope = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${resource.base}${scope}/${resource.plural}`;
}

export function objectPath(resource: ServedResource, object: ObjectMetadata): string {
  return `${collectionPath(resource, object.namespace)}/${object.name}`;
}

/** Metadata of the objects of a resource; none when its kind has just gone. */
export async function listMetadata(
  api: ApiClient,
  resource: ServedResource,
  namespace?: string,
): Promise<readonly ObjectMetadata[]> {
  const path = collectionPath(resource, namespace);
  const { status, body } = await api.send("GET", path, { accept: metadataType });
  if (status === 404) return [];
  if (status >= 400) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  // The built-in kinds say null where there is none.
  const { items } = body as { items: readonly { readonly metadata: ObjectMetadata }[] | null };
  return items?.map((item) => item.metadata) ?? [];
}
