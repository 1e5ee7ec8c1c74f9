import { subscriptionOf } from "../core/arm/arm-id.ts";
import type { KindExtension } from "./kind-extension.ts";

/** Everything that others need to name the identity; nothing of it is read from Azure by a request of its own. */
export const userAssignedIdentity: KindExtension = {
  secrets: {
    fromAction: {},
    fromStatus: {
      clientId: "clientId",
      principalId: "principalId",
      tenantId: "tenantId",
      subscriptionId: ({ id }) => (typeof id === "string" ? subscriptionOf(id) : undefined),
    },
  },
};
