import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Problem } from "../core/resource/types.ts";

/** The PUT that is about to be sent. */
export type PutContext = {
  readonly armId: string;
  readonly apiVersion: string;
  /** The converted body, before it is changed. */
  readonly body: JsonObject;
};

/** A GET that a body modifier needs, as data: the runner and the parity cases answer it alike. */
export type BodyRead = {
  readonly id: string;
  /** Path and query below the ARM endpoint. */
  readonly url: string;
  /** A list: all its pages are read, and the answer's `value` holds every element. */
  readonly list?: boolean;
};

/** Answers by the read's id. `notFound` for a 404; every other failure ends the pass before `apply`. */
export type BodyAnswers = Readonly<Record<string, JsonObject | "notFound">>;

/** What becomes of a PUT: another body, a problem instead of it, or a call that comes first. */
export type ModifiedBody =
  | { readonly kind: "body"; readonly body: JsonObject }
  | { readonly kind: "problem"; readonly problem: Problem }
  /** POST first; the pass then ends with `problem` and starts anew later. */
  | { readonly kind: "action"; readonly url: string; readonly problem: Problem };

/** Changes a converted body by what ARM has now, just before a PUT (aso-semantics.md A.2). Goal hashes never see the change. */
export type BodyModifier = {
  readonly reads: (put: PutContext) => readonly BodyRead[];
  readonly apply: (put: PutContext, answers: BodyAnswers) => ModifiedBody;
};

/** Where the secrets of `operatorSpec.secrets` come from (aso-kinds.md). */
export type SecretExports = {
  /** A POST below the resource's id that lists keys. Sent only when one of `fromAction` is asked for. */
  readonly action?: { readonly name: string; readonly apiVersion: string };
  /** Secret name to a reader of the action's answer. */
  readonly fromAction: Readonly<Record<string, (answer: JsonObject) => JsonValue | undefined>>;
  /** Secret name to a status path, `.`-separated, or to a reader of the status. */
  readonly fromStatus: Readonly<
    Record<string, string | ((status: JsonObject) => string | undefined)>
  >;
};

/** Why the state that ARM shows of a resource stands in the way; undefined: it does not. A state that is not shown never does. */
export type StateCheck = (body: JsonObject) => string | undefined;

/** What the DELETE of a kind needs beyond its id (aso-semantics.md A.4). */
export type DeleteHook = {
  /** A POST that comes first, by what ARM shows of the resource now: path and query below the ARM endpoint. Undefined: there is none. */
  readonly before?: (live: JsonObject) => string | undefined;
  /** Asked for in the query of the DELETE. */
  readonly query?: string;
};

/** What a kind needs beyond the catalog. Everything is optional; most kinds need nothing. */
export type KindExtension = {
  readonly modifyBody?: BodyModifier;
  /** Read just before a PUT, the owner first; a reason keeps the PUT back (aso-semantics.md 1.6). */
  readonly blocksPut?: { readonly owner?: StateCheck; readonly self?: StateCheck };
  /** Looked at before exports and Ready, under `skip` too (aso-semantics.md 1.9). */
  readonly blocksReady?: StateCheck;
  readonly onDelete?: DeleteHook;
  /** The id below which extension children stand instead of below this resource (aso-semantics.md A.4). */
  readonly childScope?: (body: JsonObject) => string | undefined;
  readonly secrets?: SecretExports;
  /** Takes away what would not fit into the resource. */
  readonly trimStatus?: (status: JsonObject) => JsonObject;
  /** Children that this kind's body shows whole: their ARM type's last segment and where they stand in the body. */
  readonly showsChildren?: Readonly<Record<string, readonly string[]>>;
};
