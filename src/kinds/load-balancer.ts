import { addChildren } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

const inboundNatRules = ["properties", "inboundNatRules"] as const;

/** Inbound NAT rules can be part of a load balancer or resources of their own. */
export const loadBalancer: KindExtension = {
  modifyBody: addChildren({
    path: inboundNatRules,
    members: ["name"],
    properties: [
      "backendAddressPool",
      "backendPort",
      "enableFloatingIP",
      "enableTcpReset",
      "frontendIPConfiguration",
      "frontendPort",
      "frontendPortRangeEnd",
      "frontendPortRangeStart",
      "idleTimeoutInMinutes",
      "protocol",
    ],
  }),
};
