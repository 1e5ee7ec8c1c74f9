import { keepChildren } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

const securityRules = ["properties", "securityRules"] as const;

/** The rules of a network security group are NetworkSecurityGroupsSecurityRule resources. */
export const networkSecurityGroup: KindExtension = {
  modifyBody: keepChildren({
    path: securityRules,
    members: ["id", "name", "type"],
    properties: [
      "access",
      "description",
      "destinationAddressPrefix",
      "destinationAddressPrefixes",
      "destinationApplicationSecurityGroups",
      "destinationPortRange",
      "destinationPortRanges",
      "direction",
      "priority",
      "protocol",
      "sourceAddressPrefix",
      "sourceAddressPrefixes",
      "sourceApplicationSecurityGroups",
      "sourcePortRange",
      "sourcePortRanges",
    ],
  }),
  showsChildren: { securityRules },
};
