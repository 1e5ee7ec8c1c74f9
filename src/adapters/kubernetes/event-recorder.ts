import { createHash } from "node:crypto";
import type { CustomResource } from "../../core/resource/types.ts";
import type { KubeEvent } from "../../ports/cluster.ts";
import { readStatus } from "./cluster-errors.ts";
import type { ClusterHttp, ClusterResponse } from "./cluster-http.ts";

const component = "aso-functions";
/** The limit of the newer Event API; kubectl shows one line. */
const maxMessage = 1024;

/**
 * Writes core v1 Events. The name follows from resource, reason and message: the same event again only renews `lastTimestamp`,
 * so that a repeated failure does not fill the namespace.
 */
export class EventRecorder {
  readonly #http: ClusterHttp;

  constructor(http: ClusterHttp) {
    this.#http = http;
  }

  /** See `Cluster.recordEvent`. An event in a namespace that is being deleted is dropped: the server takes none. */
  async record(resource: CustomResource, event: KubeEvent, signal: AbortSignal): Promise<void> {
    const namespace = resource.metadata.namespace ?? "default";
    const collection = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const name = eventName(resource, event);
    const now = new Date(this.#http.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    const created = await this.#http.request({
      method: "POST",
      path: collection,
      action: "POST events",
      body: {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name, namespace },
        involvedObject: {
          apiVersion: resource.apiVersion,
          kind: resource.kind,
          name: resource.metadata.name,
          namespace,
          uid: resource.metadata.uid,
          resourceVersion: resource.metadata.resourceVersion,
        },
        type: event.type,
        reason: event.reason,
        message: event.message.slice(0, maxMessage),
        count: 1,
        firstTimestamp: now,
        lastTimestamp: now,
        source: { component },
        reportingComponent: component,
        reportingInstance: component,
      },
      signal,
    });
    if (created.status === 201 || isNamespaceGoing(created)) {
      return;
    }
    if (created.status !== 409) {
      throw this.#http.answered(created, "POST events");
    }
    const renewed = await this.#http.request({
      method: "PATCH",
      path: `${collection}/${name}`,
      action: "PATCH events",
      contentType: "application/merge-patch+json",
      body: { lastTimestamp: now },
      signal,
    });
    // Events expire by themselves, perhaps just now.
    if (renewed.status !== 200 && renewed.status !== 404) {
      throw this.#http.answered(renewed, "PATCH events");
    }
  }
}

function eventName(resource: CustomResource, event: KubeEvent): string {
  const identity = [resource.metadata.uid, event.type, event.reason, event.message].join("\n");
  const hash = createHash("sha256").update(identity).digest("hex").slice(0, 16);
  return `${resource.metadata.name.slice(0, 230)}.${hash}`;
}

function isNamespaceGoing(response: ClusterResponse): boolean {
  const status = readStatus(response.text);
  return (
    response.status === 404 ||
    (response.status === 403 &&
      (status.causes.includes("NamespaceTerminating") ||
        status.message.includes("it is being terminated")))
  );
}
