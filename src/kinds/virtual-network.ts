import { keepChildren } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

const subnets = ["properties", "subnets"] as const;

/** The subnets of a virtual network are VirtualNetworksSubnet resources. */
export const virtualNetwork: KindExtension = {
  modifyBody: keepChildren({
    path: subnets,
    members: ["id", "name", "type"],
    properties: [
      "addressPrefix",
      "addressPrefixes",
      "applicationGatewayIPConfigurations",
      "defaultOutboundAccess",
      "delegations",
      "ipAllocations",
      "ipamPoolPrefixAllocations",
      "natGateway",
      "networkSecurityGroup",
      "privateEndpointNetworkPolicies",
      "privateLinkServiceNetworkPolicies",
      "routeTable",
      "serviceEndpointPolicies",
      "serviceEndpoints",
      "sharingScope",
    ],
  }),
  showsChildren: { subnets },
};
