import type { KindExtension } from "./kind-extension.ts";

/** The server's name is exported as a Secret from its status. */
export const flexibleServer: KindExtension = {
  secrets: { fromAction: {}, fromStatus: { fullyQualifiedDomainName: "fullyQualifiedDomainName" } },
};
