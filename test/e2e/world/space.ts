import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Condition, CustomResource } from "../../../src/core/resource/types.ts";
import type { ControlPlane } from "../../envtest/control-plane.ts";
import { type Kind, kinds, type ResourceManifest } from "./kinds.ts";

/** An event as a user reads it. */
export type EventSeen = {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly about: string;
};

/** How long a test waits for something before it says what it saw instead, in seconds. */
const patience = 40;

/** One namespace of a cluster, through the eyes of its user. */
export class Space {
  readonly name: string;
  readonly #plane: ControlPlane;

  private constructor(plane: ControlPlane, name: string) {
    this.#plane = plane;
    this.name = name;
  }

  /** Creates the namespace. */
  static async create(
    plane: ControlPlane,
    name: string,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<Space> {
    await plane.api.must("POST", "/api/v1/namespaces", {
      body: { metadata: { name, annotations } },
    });
    return new Space(plane, name);
  }

  /** A namespace that exists, or will. */
  static of(plane: ControlPlane, name: string): Space {
    return new Space(plane, name);
  }

  path(kind: Kind, name = ""): string {
    const { group, version, plural } = kinds[kind];
    return `/apis/${group}/${version}/namespaces/${this.name}/${plural}${name === "" ? "" : `/${name}`}`;
  }

  /** Creates resources, in this order. Throws with the API server's words when it refuses one. */
  async create(...manifests: readonly ResourceManifest[]): Promise<void> {
    for (const manifest of manifests)
      await this.#plane.api.must("POST", this.path(manifest.kind), { body: manifest });
  }

  async secret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
    await this.#core("secrets", { metadata: { name }, stringData });
  }

  async configMap(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    await this.#core("configmaps", { metadata: { name }, data });
  }

  async patchSecret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
    const path = `/api/v1/namespaces/${this.name}/secrets/${name}`;
    await this.#plane.api.must("PATCH", path, { body: { stringData } });
  }

  async patchConfigMap(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    const path = `/api/v1/namespaces/${this.name}/configmaps/${name}`;
    await this.#plane.api.must("PATCH", path, { body: { data } });
  }

  /** Values of a Secret in clear, or of a ConfigMap; undefined when there is none. */
  async data(
    plural: "secrets" | "configmaps",
    name: string,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    const path = `/api/v1/namespaces/${this.name}/${plural}/${name}`;
    const { status, body } = await this.#plane.api.send("GET", path);
    if (status === 404) return undefined;
    const data = (body as { readonly data?: Readonly<Record<string, string>> }).data ?? {};
    if (plural === "configmaps") return data;
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }

  /** Merge patch of a resource. */
  async patch(kind: Kind, name: string, body: JsonObject): Promise<void> {
    await this.#plane.api.must("PATCH", this.path(kind, name), { body });
  }

  async annotate(
    kind: Kind,
    name: string,
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    await this.patch(kind, name, { metadata: { annotations: { ...annotations } } });
  }

  async annotateSelf(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    const body = { metadata: { annotations } };
    await this.#plane.api.must("PATCH", `/api/v1/namespaces/${this.name}`, { body });
  }

  async delete(kind: Kind, name: string): Promise<void> {
    await this.#plane.api.must("DELETE", this.path(kind, name));
  }

  async get(kind: Kind, name: string): Promise<CustomResource | undefined> {
    const { status, body } = await this.#plane.api.send("GET", this.path(kind, name));
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${this.path(kind, name)}: ${status}`);
    return body as CustomResource;
  }

  /** Waits until a resource is as wanted. Throws with the resource as it is when that does not happen in time. */
  async until(
    kind: Kind,
    name: string,
    wanted: (ready: Condition | undefined, found: CustomResource) => boolean,
    seconds: number = patience,
  ): Promise<CustomResource> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = await this.get(kind, name);
      if (found !== undefined && wanted(readyOf(found), found)) return found;
      if (Date.now() > deadline) {
        const shown = JSON.stringify(found?.status?.["conditions"] ?? found ?? "gone");
        throw new Error(`${kind} ${this.name}/${name} did not come to that: ${shown}`);
      }
      await sleep(100);
    }
  }

  /** Waits for Ready at the present generation. */
  ready(kind: Kind, name: string, seconds?: number): Promise<CustomResource> {
    return this.until(
      kind,
      name,
      (ready, found) =>
        ready?.status === "True" && ready.observedGeneration === found.metadata.generation,
      seconds,
    );
  }

  /** Waits for Ready with this reason; returns the condition. */
  async reason(kind: Kind, name: string, reason: string, seconds?: number): Promise<Condition> {
    const found = await this.until(kind, name, (ready) => ready?.reason === reason, seconds);
    const ready = readyOf(found);
    if (ready === undefined) throw new Error(`${kind} ${name} lost its condition`);
    return ready;
  }

  async gone(kind: Kind, name: string, seconds = patience): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = await this.get(kind, name);
      if (found === undefined) return;
      if (Date.now() > deadline)
        throw new Error(
          `${kind} ${this.name}/${name} is still there: ${JSON.stringify({ metadata: found.metadata, status: found.status })}`,
        );
      await sleep(100);
    }
  }

  /** Events of the namespace, about one resource when it is named. */
  async events(name?: string): Promise<readonly EventSeen[]> {
    const { items } = (await this.#plane.api.must(
      "GET",
      `/api/v1/namespaces/${this.name}/events`,
    )) as {
      readonly items: readonly {
        readonly type: string;
        readonly reason: string;
        readonly message: string;
        readonly involvedObject: { readonly name: string };
      }[];
    };
    return items
      .map(({ type, reason, message, involvedObject }) => ({
        type,
        reason,
        message,
        about: involvedObject.name,
      }))
      .filter(({ about }) => name === undefined || about === name);
  }

  async #core(plural: string, body: JsonObject): Promise<void> {
    await this.#plane.api.must("POST", `/api/v1/namespaces/${this.name}/${plural}`, { body });
  }
}

/** The Ready condition of a resource. */
export function readyOf(found: CustomResource | undefined): Condition | undefined {
  const conditions = (found?.status?.["conditions"] ?? []) as unknown as readonly Condition[];
  return conditions.find(({ type }) => type === "Ready");
}
