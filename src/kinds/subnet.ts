import type { KindExtension } from "./kind-extension.ts";

const mostConfigurations = 2000;

/** A large subnet lists so many addresses that its status would not fit into the cluster's store. */
export const subnet: KindExtension = {
  trimStatus: (status) => {
    const { ipConfigurations, ...rest } = status;
    return Array.isArray(ipConfigurations) && ipConfigurations.length > mostConfigurations
      ? rest
      : status;
  },
};
