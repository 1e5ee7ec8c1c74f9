import { valueAt } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

/** What an alias made is a subscription: extensions owned by the alias belong to that. */
export const alias: KindExtension = {
  childScope: (body) => {
    const subscription = valueAt(body, ["properties", "subscriptionId"]);
    return typeof subscription === "string" && subscription !== ""
      ? `/subscriptions/${subscription}`
      : undefined;
  },
};
