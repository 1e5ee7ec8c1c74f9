import { keepChildren } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

const securityRules = ["properties", "securityRules"] as const;

/** The rules of a network security group are NetworkSecurityGroupsSecurityRule resources. */
export const networkSecurityGroup: KindExtension = {
  modifyBody: keepChildren(securityRules),
  showsChildren: { securityRules: securityRules },
};
