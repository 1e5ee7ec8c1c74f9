import type { JsonObject } from "../core/json.ts";
import { valueAt } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What an alias made is a subscription: extensions owned by the alias belong to that, and it is cancelled before the alias goes. */
export const alias: KindExtension = {
  childScope: (body) => {
    const subscription = subscriptionIn(body);
    return subscription === "" ? undefined : `/subscriptions/${subscription}`;
  },
  onDelete: {
    // The alias is only a name. Its subscription is taken from Azure: a status can be written by others.
    before: (live) => {
      const subscription = subscriptionIn(live);
      return guid.test(subscription)
        ? `/subscriptions/${subscription}/providers/Microsoft.Subscription/cancel?api-version=2021-10-01`
        : undefined;
    },
  },
};

function subscriptionIn(body: JsonObject): string {
  const id = valueAt(body, ["properties", "subscriptionId"]);
  return typeof id === "string" ? id : "";
}
