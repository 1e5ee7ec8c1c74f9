import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Clock, Random } from "../../ports/clock.ts";

/** One HTTP request as the rules see it. Header names are lower case. */
export type IncomingRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
};

/** One HTTP answer; without `body` nothing is sent after the headers. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
};

/** What the server does with a request, after waiting `delayMs`. */
export type Reply =
  | { readonly kind: "answer"; readonly answer: Answer; readonly delayMs: number }
  /** The connection is closed without a word. */
  | { readonly kind: "dropped"; readonly delayMs: number };

/**
 * How a PUT or DELETE goes on after its first answer.
 * `none`: done at once. `body`: 201/200 and provisioningState in the resource itself. `async`: Azure-AsyncOperation.
 * `location`: 202 and Location. `both`: 202 with both headers. `relative`: done at once, with a relative Location beside it.
 */
export type LroShape = "none" | "body" | "async" | "location" | "both" | "relative";

/** Overrides how long operations of a type take and which shape they have. The first rule that matches wins. */
export type LroRule = {
  /** Regular expression on the full ARM type, e.g. `virtualNetworks$`; case does not matter. */
  readonly type: string;
  readonly seconds: number;
  /** The type's usual shape when absent. */
  readonly shape?: LroShape;
  /** Both when absent. */
  readonly method?: "PUT" | "DELETE";
  /** Retry-After in seconds on the first answer and on polls that find the operation running. */
  readonly retryAfter?: number;
  /** Every poll names the next poll URL; with `required` an older one is answered 404. */
  readonly moving?: "offered" | "required";
  /** Status of the last Location poll: 200 (default) or 204. */
  readonly finalStatus?: 200 | 204;
};

/** A fault for the next requests that match. Exactly one of `status`, `lro`, `drop` and a bare `delayMs` says what happens. */
export type Fault = {
  /** Regular expression on the path; case does not matter. Without it every ARM request matches, but no token request. */
  readonly path?: string;
  readonly method?: string;
  /** How many requests it hits, 1 by default; -1: until faults are cleared. */
  readonly count?: number;
  /** How many matching requests pass before it starts. */
  readonly skip?: number;
  /** Answer this status with an ARM error of `code` and `message`, without any effect. */
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Accept the request, but let the operation end like this (`true`: Failed). */
  readonly lro?: "Failed" | "Canceled" | true;
  /** Close the connection before anything happened, or after the effect. */
  readonly drop?: "before" | "after";
  readonly delayMs?: number;
};

/** Token buckets per subscription, principal and operation class. */
export type BucketLimits = {
  readonly write: { readonly burst: number; readonly perSecond: number };
  readonly delete: { readonly burst: number; readonly perSecond: number };
  readonly read: { readonly burst: number; readonly perSecond: number };
};

/** Behaviour that can be changed while the server runs. */
export type ArmSettings = {
  /** Known subscriptions; requests to others are answered 404 SubscriptionNotFound. */
  readonly subscriptions: readonly string[];
  /** Mean time before an answer; each one takes between half and one and a half of it. */
  readonly latencyMs: number;
  readonly durations: readonly LroRule[];
  /** Lists under a group or subscription leave out `properties`, for all types or those that match the expression. */
  readonly partialLists: boolean | string;
  /** Entries per page of a list. */
  readonly pageSize: number;
  /** For this long after a PUT, a GET still shows what was there before it. */
  readonly staleGetMs: number;
  readonly throttle: false | BucketLimits;
  /** Resource provider namespaces that must be registered first. */
  readonly unregistered: readonly string[];
  /** A PUT or DELETE of a resource that has an operation running is answered 409. */
  readonly rejectWhileBusy: boolean;
  /** Share of ARM requests (0 to 1) that fail at random: dropped, 503, 500 or 409. */
  readonly faultRate: number;
  /** Expression on ids whose DELETE is meant; any other DELETE counts as unexpected. */
  readonly expectedDeletes: string;
  /** Tenants the token endpoint knows; empty: any. */
  readonly tenants: readonly string[];
  /** Secret of a client id; a client that is not listed may use anything but `wrong`. */
  readonly clientSecrets: Readonly<Record<string, string>>;
};

/** Options of {@link startArm}; every setting may be given. */
export type ArmOptions = Partial<Omit<ArmSettings, "throttle">> & {
  /** Port of the HTTPS server; 0 or absent: a free one. */
  readonly port?: number;
  /** Port of the plain HTTP server for control and managed identity; 0 or absent: a free one. */
  readonly controlPort?: number;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly throttle?: boolean | BucketLimits;
  /** State of an earlier run, as `snapshot()` gave it. */
  readonly restore?: JsonValue;
};

/** A change of settings; `throttle: true` means Azure's own limits. */
export type SettingsPatch = Partial<Omit<ArmSettings, "throttle">> & {
  readonly throttle?: boolean | BucketLimits;
};

/** What the server counted since the last reset. Ids are lower case, times epoch milliseconds. */
export type ArmStats = {
  readonly since: number;
  readonly total: number;
  /** By GET, LIST, HEAD, PUT, DELETE, POST, POLL and AUTH. */
  readonly byMethod: Readonly<Record<string, number>>;
  /** By HTTP status; `dropped` for closed connections. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** `PUT Microsoft.Network/virtualNetworks` and so on; polls not included. */
  readonly byType: Readonly<Record<string, number>>;
  /** PUTs that took effect, per id; refused ones and those answered by a fault count in `byMethod` only. */
  readonly putPerId: Readonly<Record<string, number>>;
  readonly firstPut: Readonly<Record<string, number>>;
  readonly lastPut: Readonly<Record<string, number>>;
  readonly getPerId: Readonly<Record<string, number>>;
  readonly deletePerId: Readonly<Record<string, number>>;
  readonly distinctPut: number;
  readonly maxPutsPerId: number;
  readonly polls: number;
  /** Polls before the time that Retry-After of the operation's last answer allowed. */
  readonly earlyPolls: number;
  readonly maxPollsPerOperation: number;
  readonly maxInFlight: number;
  /** Children that a parent's PUT deleted because it left them out. */
  readonly childrenLost: number;
  /** DELETEs of existing resources whose id `expectedDeletes` does not match. */
  readonly unexpectedDeletes: number;
  readonly throttled: number;
  readonly faults: number;
  readonly stored: number;
  readonly running: number;
};

/** One request in the journal. Texts under secret names in `body` are replaced by a short digest. */
export type JournalEntry = {
  readonly n: number;
  readonly t: number;
  readonly method: string;
  readonly url: string;
  /** 0 for a dropped connection. */
  readonly status: number;
  /** `poll`, `list` or the method. */
  readonly kind: string;
  readonly principal: string;
  readonly body?: JsonObject;
};

/** A running embedded ARM. */
export type ArmHandle = {
  /** `https://localhost:<port>`: ARM endpoint, audience and authority host at once. */
  readonly url: string;
  /** `http://127.0.0.1:<port>`: the control surface. */
  readonly controlUrl: string;
  /** Values for IDENTITY_ENDPOINT and IDENTITY_HEADER of the App Service managed identity protocol. */
  readonly identity: { readonly endpoint: string; readonly header: string };
  /** Resources, operations and registrations as JSON. Holds no secret values. */
  snapshot(): JsonValue;
  /** Replaces the state by a snapshot. Throws OperatorError `ConfigInvalid` when it is none. */
  restore(snapshot: JsonValue): void;
  /** Closes both servers and all connections. */
  stop(): Promise<void>;
  stats(): ArmStats;
  /** Entries from number `since` on; the oldest of more than 20,000 are forgotten. */
  journal(since?: number): readonly JournalEntry[];
  inject(fault: Fault): void;
  clearFaults(): void;
  /** Merges into a stored body behind the controller's back (null removes); undefined when there is no such resource. */
  mutate(id: string, patch: JsonObject): JsonObject | undefined;
  /** Creates or replaces a resource without a request: somebody else made it. */
  put(id: string, body: JsonObject): void;
  /** Deletes a resource with its children without a request. */
  remove(id: string): boolean;
  /** The body as a GET would show it. */
  resource(id: string): JsonObject | undefined;
  /** An access token for a client, as the token endpoint would give it. */
  token(clientId?: string): string;
  settings(): ArmSettings;
  set(patch: SettingsPatch): void;
  /** Empties counts and journal; state, faults and settings stay. */
  reset(): void;
};
