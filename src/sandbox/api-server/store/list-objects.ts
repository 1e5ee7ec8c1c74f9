import type { JsonObject } from "../../../core/json.ts";
import { badRequest, expired, type Refusal, refuse } from "../refusal.ts";
import { metadataText } from "./metadata.ts";
import type { ObjectStore } from "./object-store.ts";
import type { ResourceType } from "./resource-type.ts";
import type { Selector } from "./selectors.ts";

/** The parameters of a list (Kubernetes API concepts, "Retrieving large results sets in chunks"). */
export type ListOptions = {
  readonly matches: Selector;
  /** 0 for no limit. */
  readonly limit: number;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
};

/** One page of stored objects. `resourceVersion` is the one to watch from. */
export type Page = {
  readonly kind: "page";
  readonly items: readonly JsonObject[];
  readonly resourceVersion: string;
  readonly continue: string;
  readonly remaining: number | undefined;
};

type ContinueToken = { readonly revision: number; readonly after: string };

const tooOld =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";

/**
 * A page of the objects of a type. Later pages show the objects as they are then, under the version of the first page:
 * a watch from it misses nothing, it may only tell some changes twice. A token whose version is forgotten is refused
 * with 410.
 */
export function listObjects(
  store: ObjectStore,
  type: ResourceType,
  namespace: string,
  options: ListOptions,
): Page | Refusal {
  const token = options.continue === "" ? undefined : readToken(options.continue);
  if (token === "malformed") {
    return badRequest("invalid continue token: continue key is not valid");
  }
  const revision = token?.revision ?? store.revision;
  if (token !== undefined && revision < store.oldestRevision(type)) return expired(tooOld);
  const unserved = checkVersion(store, type, options);
  if (unserved !== undefined) return unserved;
  const all = store.list(type, namespace).filter((object) => options.matches(object));
  const rest = token === undefined ? all : all.filter((object) => keyOf(object) > token.after);
  // A list from the cache (resourceVersion=0) ignores the limit, as the real server does.
  const limit = options.resourceVersion === "0" ? 0 : options.limit;
  const items = limit > 0 ? rest.slice(0, limit) : rest;
  const last = items.at(-1);
  const remaining = rest.length - items.length;
  return {
    kind: "page",
    items,
    resourceVersion: String(revision),
    continue:
      remaining > 0 && last !== undefined ? writeToken({ revision, after: keyOf(last) }) : "",
    remaining: remaining > 0 ? remaining : undefined,
  };
}

function checkVersion(
  store: ObjectStore,
  type: ResourceType,
  options: ListOptions,
): Refusal | undefined {
  const wanted = Number(options.resourceVersion || "0");
  if (!Number.isInteger(wanted) || wanted < 0) {
    return badRequest(`resourceVersion: Invalid value: ${JSON.stringify(options.resourceVersion)}`);
  }
  if (wanted > store.revision) return tooLarge(wanted, store.revision);
  const isExact = options.resourceVersionMatch === "Exact" && wanted !== 0;
  if (!isExact) return undefined;
  // Only the present is kept: an exact version can be shown when nothing of the type changed since.
  const since = store.eventsSince(type, wanted);
  const isGone = since === "expired" || since.length > 0;
  return isGone ? expired("The resourceVersion for the provided list is too old.") : undefined;
}

function tooLarge(wanted: number, current: number): Refusal {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`;
  const cause = {
    reason: "ResourceVersionTooLarge",
    message: "Too large resource version",
    field: "",
  };
  return refuse(504, "Timeout", message, { causes: [cause], retryAfterSeconds: 1 });
}

function keyOf(object: JsonObject): string {
  return `${metadataText(object, "namespace")}/${metadataText(object, "name")}`;
}

function writeToken(token: ContinueToken): string {
  return btoa(JSON.stringify([token.revision, token.after]));
}

function readToken(text: string): ContinueToken | "malformed" {
  try {
    const parsed: unknown = JSON.parse(atob(text));
    if (!Array.isArray(parsed)) return "malformed";
    const [revision, after] = parsed as unknown[];
    return typeof revision === "number" && typeof after === "string"
      ? { revision, after }
      : "malformed";
  } catch {
    // Neither base64 nor JSON: not a token of this server.
    return "malformed";
  }
}
