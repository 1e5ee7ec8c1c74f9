import type { Goal } from "../../../src/core/diff/goal.ts";
import type { JsonObject } from "../../../src/core/json.ts";

const networkId =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg";

/** A goal of a security group with two rules, tags and one field that ARM calls otherwise. */
export function aGoal(body: JsonObject = {}, maps: readonly string[] = ["/tags"]): Goal {
  return {
    armId: networkId,
    apiVersion: "2024-03-01",
    maps,
    body: {
      name: "nsg",
      location: "West US 3",
      tags: { team: "platform" },
      properties: {
        flushConnection: true,
        securityRules: [
          { name: "https", properties: { priority: 100, access: "Allow" } },
          { name: "ssh", properties: { priority: 200, access: "Deny" } },
        ],
      },
      ...body,
    },
  };
}

/** What ARM shows of {@link aGoal}: normalised, and with fields of its own. */
export function aShown(): JsonObject {
  return {
    id: networkId,
    name: "nsg",
    type: "Microsoft.Network/networkSecurityGroups",
    etag: 'W/"1"',
    location: "westus3",
    tags: { team: "platform" },
    properties: {
      provisioningState: "Succeeded",
      resourceGuid: "e2a3",
      flushConnection: true,
      securityRules: [
        {
          name: "https",
          id: `${networkId}/securityRules/https`,
          etag: 'W/"1"',
          properties: { priority: 100, access: "Allow", provisioningState: "Succeeded" },
        },
        {
          name: "ssh",
          id: `${networkId}/securityRules/ssh`,
          etag: 'W/"1"',
          properties: { priority: 200, access: "Deny", provisioningState: "Succeeded" },
        },
      ],
    },
  };
}

/** A copy with one change. */
export function changed(shown: JsonObject, change: (copy: Shown) => void): JsonObject {
  const copy = structuredClone(shown) as unknown as Shown;
  change(copy);
  return copy as unknown as JsonObject;
}

/** The parts of {@link aShown} that tests change. */
export type Shown = {
  location: string;
  etag: string;
  tags?: Record<string, string>;
  properties: {
    flushConnection?: boolean;
    securityRules?: {
      name: string;
      etag?: string;
      properties: Record<string, string | number>;
    }[];
  } & Record<string, unknown>;
};
