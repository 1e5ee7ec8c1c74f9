import type { JsonObject } from "../core/json.ts";
import { valueAt } from "./keep-children.ts";

/** What the DELETE of a kind needs beyond its id (aso-semantics.md A.4). */
export type DeleteHook = {
  /** A POST that comes first, by what ARM shows of the resource now: path and query below the ARM endpoint. Undefined: there is none. */
  readonly before?: (live: JsonObject) => string | undefined;
  /** Asked for in the query of the DELETE. */
  readonly query?: string;
};

const subscriptionId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const hooks: Readonly<Record<string, DeleteHook>> = {
  // The alias is only a name. Its subscription is taken from Azure: a status can be written by others.
  "subscription.azure.com/Alias": {
    before: (live) => {
      const id = valueAt(live, ["properties", "subscriptionId"]);
      return typeof id === "string" && subscriptionId.test(id)
        ? `/subscriptions/${id}/providers/Microsoft.Subscription/cancel?api-version=2021-10-01`
        : undefined;
    },
  },
  "apimanagement.azure.com/Product": { query: "deleteSubscriptions=true" },
};

/** The hook of a kind; undefined for most. */
export function deleteHook(group: string, kind: string): DeleteHook | undefined {
  return hooks[`${group}/${kind}`];
}
