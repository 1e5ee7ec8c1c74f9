import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { ObjectMeta } from "../../core/resource/types.ts";
import type { MetadataEvent, MetadataPage } from "../../ports/cluster.ts";
import { parseJson } from "./cluster-errors.ts";
import type { ClusterHttp, ClusterRequest } from "./cluster-http.ts";
import { toObjectMeta, withoutBulk } from "./kubernetes-object.ts";
import { readLines } from "./read-lines.ts";

const asList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const asObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

const pageSize = 500;
/** A continue token lives about five minutes; a list that outlives it starts over, but not for ever. */
const maxRestarts = 3;
/** A watch that the server has not ended this long after its time is dead. */
const graceMs = 10_000;

/** Reads objects of any kind without spec and status (Kubernetes API concepts, "Metadata-only fetches"). */
export class MetadataReader {
  readonly #http: ClusterHttp;

  constructor(http: ClusterHttp) {
    this.#http = http;
  }

  /** All objects of a collection; undefined when the server does not serve it. */
  async list(path: string, action: string, signal: AbortSignal): Promise<MetadataPage | undefined> {
    for (let restart = 0; ; restart += 1) {
      const result = await this.#listOnce(path, action, signal, restart === maxRestarts);
      if (result !== "expired") {
        return result;
      }
    }
  }

  /** One object's metadata; undefined when it does not exist. */
  async get(path: string, action: string, signal: AbortSignal): Promise<ObjectMeta | undefined> {
    const response = await this.#http.request({
      method: "GET",
      path,
      action,
      accept: asObject,
      signal,
    });
    if (response.status === 404) {
      return undefined;
    }
    return toObjectMeta(this.#http.objectOf(response, action)["metadata"]);
  }

  /**
   * Events after `resourceVersion` until the server ends the watch, the connection breaks or `signal` aborts.
   * What was missed meanwhile comes with the next watch from the last version seen.
   */
  async *watch(
    path: string,
    action: string,
    resourceVersion: string,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncIterable<MetadataEvent> {
    const query = new URLSearchParams({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    });
    const left = new AbortController();
    const dead = AbortSignal.timeout(timeoutSeconds * 1000 + graceMs);
    const ended = AbortSignal.any([signal, dead, left.signal]);
    try {
      yield* this.#events({
        method: "GET",
        path: `${path}?${query}`,
        action,
        accept: asObject,
        signal: ended,
      });
    } finally {
      left.abort();
    }
  }

  async *#events(request: ClusterRequest): AsyncIterable<MetadataEvent> {
    const stream = await this.#http.stream(request);
    if (stream.kind === "failed") {
      return;
    }
    if (stream.status !== 200) {
      const text = await collect(stream.body);
      const response = { status: stream.status, headers: stream.headers, text };
      this.#http.refuseUnauthorized(request.action, response);
      if (stream.status === 410 || stream.status === 404) {
        // A kind that is no longer served is noticed by the list that follows.
        yield { type: "expired" };
        return;
      }
      throw this.#http.answered(response, request.action);
    }
    for await (const line of readLines(stream.body)) {
      const event = this.#toEvent(line, request.action);
      if (event !== undefined) {
        yield event;
      }
      if (event?.type === "expired") {
        return;
      }
    }
  }

  #toEvent(line: string, action: string): MetadataEvent | undefined {
    const event = parseJson(line) ?? {};
    const object = isJsonObject(event["object"]) ? event["object"] : {};
    switch (event["type"]) {
      case "ADDED":
        return changeOf("added", object);
      case "MODIFIED":
        return changeOf("modified", object);
      case "DELETED":
        return changeOf("deleted", object);
      case "BOOKMARK":
        return bookmarkOf(object);
      case "ERROR": {
        const code = typeof object["code"] === "number" ? object["code"] : 0;
        if (code === 410) {
          return { type: "expired" };
        }
        const text = JSON.stringify(object);
        throw this.#http.answered({ status: code, headers: {}, text }, action);
      }
      default:
        return undefined;
    }
  }

  async #listOnce(
    path: string,
    action: string,
    signal: AbortSignal,
    last: boolean,
  ): Promise<MetadataPage | undefined | "expired"> {
    const items: ObjectMeta[] = [];
    for (let next = ""; ; ) {
      const query = new URLSearchParams({ limit: String(pageSize) });
      if (next !== "") {
        query.set("continue", next);
      }
      const url = `${path}?${query}`;
      const options = { accept: asList, gzip: true, signal };
      const response = await this.#http.request({ method: "GET", path: url, action, ...options });
      if (response.status === 404) {
        return undefined;
      }
      if (response.status === 410 && !last) {
        return "expired";
      }
      const page = this.#http.objectOf(response, action);
      items.push(...itemsOf(page));
      const meta = isJsonObject(page["metadata"]) ? page["metadata"] : {};
      next = typeof meta["continue"] === "string" ? meta["continue"] : "";
      if (next === "") {
        return { items, resourceVersion: String(meta["resourceVersion"] ?? "") };
      }
    }
  }
}

function itemsOf(page: JsonObject): readonly ObjectMeta[] {
  const items = Array.isArray(page["items"]) ? page["items"] : [];
  return items
    .filter(isJsonObject)
    .map((item) => toObjectMeta(item["metadata"]))
    .filter((meta) => meta !== undefined)
    .map(withoutBulk);
}

function changeOf(
  type: "added" | "modified" | "deleted",
  object: JsonObject,
): MetadataEvent | undefined {
  const meta = toObjectMeta(object["metadata"]);
  return meta === undefined ? undefined : { type, meta: withoutBulk(meta) };
}

function bookmarkOf(object: JsonObject): MetadataEvent | undefined {
  const version = isJsonObject(object["metadata"])
    ? object["metadata"]["resourceVersion"]
    : undefined;
  return typeof version === "string" ? { type: "bookmark", resourceVersion: version } : undefined;
}

async function collect(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
