import { subscriptionOf } from "../core/arm/arm-id.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Problem } from "../core/resource/types.ts";
import { valueAt, withValue } from "./keep-children.ts";
import type { BodyModifier, KindExtension } from "./kind-extension.ts";

const roleDefinitionId = ["properties", "roleDefinitionId"] as const;

/**
 * A role by its well-known name becomes the id of the built-in role definition in the subscription of the assignment's scope
 * (aso-kinds.md, RoleAssignment). Names compare without regard to case.
 */
const resolveWellKnownRole: BodyModifier = {
  reads: ({ body }) =>
    wellKnownName(body) === undefined
      ? []
      : [
          {
            id: "roles",
            url: "/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01",
            list: true,
          },
        ],
  apply: ({ body, armId }, answers) => {
    const name = wellKnownName(body);
    const roles = answers["roles"];
    if (name === undefined || roles === undefined) return { kind: "body", body };
    const guid = roles === "notFound" ? undefined : builtInRole(roles, name);
    if (guid === undefined) return { kind: "problem", problem: unknownRole(name) };
    const id = `/subscriptions/${subscriptionOf(armId) ?? ""}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
    return { kind: "body", body: withValue(body, roleDefinitionId, id) };
  },
};

function wellKnownName(body: JsonObject): string | undefined {
  const value = valueAt(body, roleDefinitionId);
  return typeof value === "string" && value !== "" && !value.startsWith("/") ? value : undefined;
}

function builtInRole(roles: JsonObject, name: string): string | undefined {
  const list = Array.isArray(roles["value"]) ? roles["value"] : [];
  const found = list.find((role) => {
    const properties = isJsonObject(role) ? role["properties"] : undefined;
    if (!isJsonObject(properties) || properties["type"] !== "BuiltInRole") return false;
    const roleName = properties["roleName"];
    return typeof roleName === "string" && roleName.toLowerCase() === name.toLowerCase();
  });
  const guid = isJsonObject(found) ? found["name"] : undefined;
  return typeof guid === "string" ? guid : undefined;
}

function unknownRole(name: string): Problem {
  return {
    reason: "Failed",
    severity: "Warning",
    retry: "slow",
    message: `unable to find Azure built-in role-definition with well-known name "${name}". Correct roleDefinitionReference.wellKnownName, or name the role by armId.`,
  };
}

/** RoleAssignment: a role may be given by its well-known name. */
export const roleAssignment: KindExtension = { modifyBody: resolveWellKnownRole };
