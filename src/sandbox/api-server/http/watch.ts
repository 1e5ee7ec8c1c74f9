import type { JsonObject } from "../../../core/json.ts";
import { invalid, type Refusal, refuse } from "../refusal.ts";
import { forbiddenValue } from "../schema/causes.ts";
import { metadataText } from "../store/metadata.ts";
import type { ObjectStore, StoredEvent } from "../store/object-store.ts";
import { groupVersion, type ResourceType, type TypeVersion } from "../store/resource-type.ts";
import type { Selector } from "../store/selectors.ts";
import type { WatchAnswer } from "./exchange.ts";
import {
  type Representation,
  type RowObject,
  representObject,
  representTable,
  tableMetadata,
} from "./represent.ts";

/** What a watch shows and how long it lasts. */
export type WatchOptions = {
  readonly type: ResourceType;
  readonly version: TypeVersion;
  readonly namespace: string;
  readonly matches: Selector;
  readonly representation: Representation;
  readonly includeObject: RowObject;
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly allowsBookmarks: boolean;
  /** `sendInitialEvents`; undefined when the parameter was absent. */
  readonly initialEvents: boolean | undefined;
  readonly resourceVersionMatch: string;
};

const usualTimeoutSeconds = 1800;
const bookmarkPeriodMs = 60_000;
const bookmarkBeforeEndMs = 2_000;

/** Checks the options of a watch and prepares it. */
export function openWatch(store: ObjectStore, options: WatchOptions): WatchAnswer | Refusal {
  const { resourceVersion, initialEvents } = options;
  if (!/^\d*$/.test(resourceVersion)) {
    const quoted = JSON.stringify(resourceVersion);
    const message = `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
    return refuse(500, "", message);
  }
  if (initialEvents !== undefined && options.resourceVersionMatch !== "NotOlderThan") {
    const why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    const cause = forbiddenValue("resourceVersionMatch", why);
    return invalid("ListOptions", "meta.k8s.io", "", [cause]);
  }
  return { kind: "watch", start: (send, end) => new Watch(store, options, send, end).start() };
}

/** One open watch. */
class Watch {
  readonly #store: ObjectStore;
  readonly #options: WatchOptions;
  readonly #send: (line: string) => void;
  readonly #end: () => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #unsubscribe: (() => void) | undefined;
  #seen = 0;
  #hasColumns = false;

  constructor(
    store: ObjectStore,
    options: WatchOptions,
    send: (line: string) => void,
    end: () => void,
  ) {
    this.#store = store;
    this.#options = options;
    this.#send = send;
    this.#end = end;
  }

  /** Sends what is due and stays open until the timeout. Returns the way to close it early. */
  start(): () => void {
    if (!this.#catchUp()) {
      this.#end();
      return () => this.#close();
    }
    this.#unsubscribe = this.#store.subscribe(this.#options.type, (event) => this.#pass(event));
    const timeoutMs = (this.#options.timeoutSeconds || usualTimeoutSeconds) * 1000;
    this.#timers.push(setTimeout(() => this.#finish(), timeoutMs));
    if (this.#options.allowsBookmarks) {
      this.#timers.push(setInterval(() => this.#bookmark(), bookmarkPeriodMs));
      if (timeoutMs > bookmarkBeforeEndMs) {
        this.#timers.push(setTimeout(() => this.#bookmark(), timeoutMs - bookmarkBeforeEndMs));
      }
    }
    return () => this.#close();
  }

  /** Brings the client from its version to the present; false when that history is gone. */
  #catchUp(): boolean {
    const { type, resourceVersion, initialEvents } = this.#options;
    const from = Number(resourceVersion || "0");
    this.#seen = from;
    const sendsAll = initialEvents === true || (initialEvents === undefined && from === 0);
    if (sendsAll) {
      this.#sendAll();
      if (initialEvents === true && this.#options.allowsBookmarks) {
        this.#sendBookmark({ "k8s.io/initial-events-end": "true" });
      }
      return true;
    }
    const events = from === 0 ? [] : this.#store.eventsSince(type, from);
    if (events === "expired") {
      const message = `too old resource version: ${from} (${this.#store.oldestRevision(type)})`;
      this.#send(line("ERROR", refuse(410, "Expired", message).status));
      return false;
    }
    for (const event of events) this.#pass(event);
    return true;
  }

  #sendAll(): void {
    const { type, namespace, matches } = this.#options;
    for (const object of this.#store.list(type, namespace)) {
      if (matches(object)) this.#sendObject("ADDED", object, false);
    }
  }

  #pass(event: StoredEvent): void {
    const kind = shownAs(event, this.#options);
    if (kind !== undefined) {
      this.#sendObject(kind, event.object, true);
      this.#seen = event.revision;
    }
  }

  /** The text of an event is kept for other watches (`isShared`); that of an initial list is not. */
  #sendObject(kind: string, stored: JsonObject, isShared: boolean): void {
    const { type, version, representation, includeObject } = this.#options;
    if (representation !== "table") {
      const text = () => line(kind, representObject(type, version, stored, representation));
      const key = `${kind} ${type.group} ${version.name} ${representation}`;
      this.#send(isShared ? sharedText(stored, key, text) : text());
      return;
    }
    const table = representTable(type, version, [stored], tableMetadata(stored), {
      includeObject,
      withColumns: !this.#hasColumns,
      now: this.#store.clock.now(),
    });
    this.#hasColumns = true;
    this.#send(line(kind, table));
  }

  /** Tells the client how far it is, if anything happened in the meantime. */
  #bookmark(): void {
    if (this.#store.revision > this.#seen) this.#sendBookmark(undefined);
  }

  #sendBookmark(annotations: JsonObject | undefined): void {
    this.#seen = this.#store.revision;
    const { type, version, representation } = this.#options;
    const metadata: JsonObject = { resourceVersion: String(this.#seen) };
    if (annotations !== undefined) metadata["annotations"] = annotations;
    const header =
      representation === "object"
        ? { kind: type.kind, apiVersion: groupVersion(type.group, version.name) }
        : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" };
    this.#send(line("BOOKMARK", { ...header, metadata }));
  }

  #finish(): void {
    this.#close();
    this.#end();
  }

  #close(): void {
    this.#unsubscribe?.();
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

function line(type: string, object: JsonObject): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** The event as this watch sees it: an object that enters or leaves its selection is added or deleted. */
function shownAs(event: StoredEvent, options: WatchOptions): StoredEvent["type"] | undefined {
  const { namespace, matches } = options;
  if (namespace !== "" && metadataText(event.object, "namespace") !== namespace) return undefined;
  const before = event.previous !== undefined && matches(event.previous);
  if (event.type === "DELETED") return before ? "DELETED" : undefined;
  if (matches(event.object)) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

const texts = new WeakMap<JsonObject, Map<string, string>>();

/** Many watches see the same event: its text is made once per form. */
function sharedText(stored: JsonObject, key: string, make: () => string): string {
  const known = texts.get(stored) ?? new Map<string, string>();
  texts.set(stored, known);
  const text = known.get(key) ?? make();
  known.set(key, text);
  return text;
}
