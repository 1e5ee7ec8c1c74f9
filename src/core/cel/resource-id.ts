import { type ArmId, parseArmId } from "../arm/arm-id.ts";
import type { JsonObject } from "../json.ts";
import { type CelType, type MessageField, type MessageType, string } from "./cel-type.ts";
import { CelFailure, type CelResult, MessageValue } from "./cel-value.ts";
import { fn, type Overload } from "./overload.ts";

const resourceType: MessageType = {
  name: "cel.ResourceType",
  fields: () => new Map([field("namespace", string), field("type", string)]),
};

const resourceId: MessageType = {
  name: "cel.ResourceID",
  fields: () =>
    new Map([
      field("parent", { k: "message", message: resourceId }),
      field("subscriptionId", string),
      field("resourceGroupName", string),
      field("provider", string),
      field("location", string),
      field("resourceType", { k: "message", message: resourceType }),
      field("name", string),
    ]),
};

function field(json: string, type: CelType): readonly [string, MessageField] {
  return [json, { json, type, ...(type === string ? { plain: true as const } : {}) }];
}

/** `aso.parseResourceId`: the parts of an ARM id, as the Azure SDK names them. */
export const resourceIdFunctions: readonly Overload[] = [
  fn(
    "aso.parseResourceId",
    [string],
    { k: "message", message: resourceId },
    (text: string): CelResult => {
      const parsed = parseArmId(text);
      return parsed === undefined
        ? new CelFailure(`aso.parseResourceId: invalid resource ID: ${text}`)
        : new MessageValue(resourceId, describe(parsed));
    },
  ),
];

const tenant: JsonObject = {
  resourceType: { namespace: "Microsoft.Resources", type: "tenants" },
};

function describe(id: ArmId): JsonObject {
  const parent = id.parent === undefined ? undefined : parseArmId(id.parent);
  const isResource = !(id.provider === "Microsoft.Resources" && id.types.length === 1);
  return {
    parent: parent === undefined ? tenant : describe(parent),
    subscriptionId: id.subscription ?? "",
    resourceGroupName: id.resourceGroup ?? "",
    provider: isResource && id.parent === undefined ? id.provider : "",
    location: locationOf(id),
    resourceType: { namespace: id.provider, type: id.types.join("/") },
    name: id.names.at(-1) ?? "",
  };
}

function locationOf(id: ArmId): string {
  const at = id.types.findIndex((type) => type.toLowerCase() === "locations");
  return id.names[at] ?? "";
}
