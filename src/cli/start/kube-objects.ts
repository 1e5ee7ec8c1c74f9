import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from "@kubernetes/client-node";
import { OperatorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { readyCondition } from "../../core/resource/conditions.ts";
import { applyOrder, isAsoResource, type Manifest } from "./manifests.ts";
import type { ShownResource } from "./progress.ts";

/** Field manager of the samples: a user's, not the controller's. */
const manager = "aso-functions-samples";

type Watched = KubernetesObject & { readonly status?: JsonObject };

/** Applies manifests to a cluster as a user would, and reads how their resources are. */
export class KubeObjects {
  readonly #api: KubernetesObjectApi;

  constructor(kubeconfigPath: string, context?: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfigPath);
    if (context !== undefined) config.setCurrentContext(context);
    this.#api = KubernetesObjectApi.makeApiClient(config);
  }

  /** Server-side apply of everything, Namespaces and inputs first. Throws OperatorError `ClusterAnswered` with the server's words. */
  async apply(manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of applyOrder(manifests)) {
      try {
        await this.#api.patch(
          manifest as KubernetesObject,
          undefined,
          undefined,
          manager,
          true,
          PatchStrategy.ServerSideApply,
        );
      } catch (error) {
        const { kind, metadata } = manifest;
        throw new OperatorError(
          "ClusterAnswered",
          `${kind} ${metadata.name} could not be applied: ${serverMessage(error)}`,
        );
      }
    }
  }

  /** The Azure resources of the manifests as they are now. */
  async read(manifests: readonly Manifest[]): Promise<ShownResource[]> {
    return Promise.all(manifests.filter(isAsoResource).map((manifest) => this.#readOne(manifest)));
  }

  async #readOne(manifest: Manifest): Promise<ShownResource> {
    const name = `${manifest.kind}/${manifest.metadata.name}`;
    try {
      const object = (await this.#api.read(manifest as never)) as Watched;
      const ready = readyCondition(object.status);
      const current = ready?.observedGeneration === object.metadata?.generation;
      if (ready === undefined || !current) return { name, state: "pending", message: "" };
      if (ready.status === "True") return { name, state: "Ready", message: "" };
      return {
        name,
        state: ready.reason,
        message: ready.reason === "Reconciling" ? "" : (ready.message ?? ""),
      };
    } catch (error) {
      return { name, state: "missing", message: serverMessage(error) };
    }
  }
}

/** The API server's own words in an error of the client. */
export function serverMessage(error: unknown): string {
  if (!(error instanceof ApiException))
    return error instanceof Error ? error.message : String(error);
  const body: unknown = error.body;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return message ?? `HTTP ${error.code}`;
}
