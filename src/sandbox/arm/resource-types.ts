import type { LroRule, LroShape } from "./types.ts";

/** What sets a type apart in the front door and in its resource provider. */
type TypeRule = {
  /** A PUT must give a location, and it never changes. */
  readonly located?: true;
  /** Its bodies carry no `properties.provisioningState`. */
  readonly stateless?: true;
  /** There is no DELETE for it. */
  readonly noDelete?: true;
  /** The answer to a PUT is the request's body, not the resource. */
  readonly echoesRequest?: true;
  /** Ids in its bodies spell `resourcegroups` in lower case. */
  readonly lowerCaseGroups?: true;
  /** Children that exist from the start, relative to the resource. */
  readonly implicitChildren?: readonly string[];
  /** Names under `properties` that are accepted and never shown. */
  readonly writeOnly?: readonly string[];
  /** Names that are refused otherwise, with the error code. */
  readonly name?: { readonly pattern: RegExp; readonly code: string; readonly words: string };
  readonly put?: Lro;
  readonly delete?: Lro;
};

/** How operations of a type go when no rule overrides it. */
export type Lro = {
  readonly shape: LroShape;
  readonly seconds: number;
  readonly retryAfter?: number;
};

const networkName = {
  pattern: /^\w([\w.-]{0,78}\w)?$/,
  code: "InvalidResourceName",
  words:
    "The name can be up to 80 characters long. It must begin with a word character, and it must end with a word character or with '_'. The name may contain word characters or '.', '-', '_'.",
};

const guidName = {
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  code: "InvalidRoleAssignmentId",
  words: "The role assignment ID must be a GUID.",
};

function network(seconds: number, located: boolean): TypeRule {
  return {
    ...(located ? { located: true as const } : {}),
    name: networkName,
    put: { shape: "async", seconds },
    delete: { shape: "both", seconds, retryAfter: 1 },
  };
}

const fixed: TypeRule = { stateless: true, noDelete: true };

/** Rules by lower-case type, with durations in the order of magnitude that suits a local run. */
const rules: Readonly<Record<string, TypeRule>> = {
  "microsoft.resources/resourcegroups": {
    located: true,
    name: {
      pattern: /^[-\w.()]{0,89}[-\w()]$/u,
      code: "InvalidResourceGroup",
      words: "It must match ^[-\\w\\._\\(\\)]+$ and not end with a period.",
    },
    delete: { shape: "location", seconds: 1, retryAfter: 1 },
  },
  "microsoft.managedidentity/userassignedidentities": {
    located: true,
    stateless: true,
    lowerCaseGroups: true,
  },
  "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials": {
    stateless: true,
    lowerCaseGroups: true,
  },
  "microsoft.authorization/roleassignments": { stateless: true, name: guidName },
  "microsoft.network/virtualnetworks": network(3, true),
  "microsoft.network/virtualnetworks/subnets": network(2, false),
  "microsoft.network/publicipaddresses": network(2, true),
  "microsoft.network/networksecuritygroups": network(2, true),
  "microsoft.network/networksecuritygroups/securityrules": network(1, false),
  "microsoft.network/routetables": network(2, true),
  "microsoft.network/routetables/routes": network(1, false),
  "microsoft.storage/storageaccounts": {
    located: true,
    name: {
      pattern: /^[a-z0-9]{3,24}$/,
      code: "AccountNameInvalid",
      words:
        "Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.",
    },
    implicitChildren: [
      "blobServices/default",
      "fileServices/default",
      "queueServices/default",
      "tableServices/default",
    ],
    put: { shape: "location", seconds: 4, retryAfter: 2 },
  },
  "microsoft.storage/storageaccounts/blobservices": { ...fixed, echoesRequest: true },
  "microsoft.storage/storageaccounts/fileservices": { ...fixed, echoesRequest: true },
  "microsoft.storage/storageaccounts/queueservices": { ...fixed, echoesRequest: true },
  "microsoft.storage/storageaccounts/tableservices": { ...fixed, echoesRequest: true },
  "microsoft.storage/storageaccounts/blobservices/containers": { stateless: true },
  "microsoft.dbforpostgresql/flexibleservers": {
    located: true,
    stateless: true,
    writeOnly: ["administratorLoginPassword", "createMode"],
    implicitChildren: ["configurations/max_connections", "configurations/azure.extensions"],
    put: { shape: "both", seconds: 3 },
    delete: { shape: "both", seconds: 2, retryAfter: 1 },
  },
  "microsoft.dbforpostgresql/flexibleservers/configurations": {
    ...fixed,
    put: { shape: "both", seconds: 1 },
  },
  "microsoft.dbformysql/flexibleservers": {
    located: true,
    stateless: true,
    writeOnly: ["administratorLoginPassword", "createMode"],
    put: { shape: "both", seconds: 3 },
  },
};

const none: Lro = { shape: "none", seconds: 0 };

/** The rule of a type; types without one answer at once and with provisioningState. */
export function typeRule(type: string): TypeRule {
  return rules[type.toLowerCase()] ?? {};
}

/** How an operation goes: the type's usual way, overridden by the first matching rule. */
export function lroFor(
  type: string,
  method: "PUT" | "DELETE",
  overrides: readonly LroRule[],
): Lro & Pick<LroRule, "moving" | "finalStatus"> {
  const usual = (method === "PUT" ? typeRule(type).put : typeRule(type).delete) ?? none;
  const rule = overrides.find(
    (r) => (r.method ?? method) === method && new RegExp(r.type, "i").test(type),
  );
  if (rule === undefined) return usual;
  const { shape, seconds, retryAfter, moving, finalStatus } = rule;
  return {
    shape: shape ?? (usual.shape === "none" ? "async" : usual.shape),
    seconds,
    ...(retryAfter === undefined
      ? shape === undefined && usual.retryAfter !== undefined
        ? { retryAfter: usual.retryAfter }
        : {}
      : { retryAfter }),
    ...(moving === undefined ? {} : { moving }),
    ...(finalStatus === undefined ? {} : { finalStatus }),
  };
}
