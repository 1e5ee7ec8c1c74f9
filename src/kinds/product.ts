import type { KindExtension } from "./kind-extension.ts";

/** Azure refuses to delete a product that has subscribers, unless their subscriptions go with it. */
export const product: KindExtension = { onDelete: { query: "deleteSubscriptions=true" } };
