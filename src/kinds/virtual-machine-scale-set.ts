import { addChildren } from "./keep-children.ts";
import type { KindExtension } from "./kind-extension.ts";

/** Extensions can be part of a scale set, resources of their own, or installed by Azure Policy. */
export const virtualMachineScaleSet: KindExtension = {
  modifyBody: addChildren({
    path: ["properties", "virtualMachineProfile", "extensionProfile", "extensions"],
    members: ["name"],
    properties: [
      "autoUpgradeMinorVersion",
      "enableAutomaticUpgrade",
      "forceUpdateTag",
      "protectedSettings",
      "protectedSettingsFromKeyVault",
      "provisionAfterExtensions",
      "publisher",
      "settings",
      "suppressFailures",
      "type",
      "typeHandlerVersion",
    ],
  }),
};
