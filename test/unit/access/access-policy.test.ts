import { describe, expect, it } from "vitest";
import {
  type Access,
  type AccessRule,
  refusedAccess,
  rulesFor,
} from "../../../src/core/access/access-policy.ts";
import { matchesGlob } from "../../../src/core/access/glob.ts";

const subscription = "00000000-0000-0000-0000-00000000000a";
const client = "00000000-0000-0000-0000-0000000000cc";
const group = `/subscriptions/${subscription}/resourceGroups/team-a-net`;
const network = `${group}/providers/Microsoft.Network/virtualNetworks/v`;
const team: AccessRule = {
  match: { namespaces: ["team-a"] },
  allow: {
    subscriptions: [subscription],
    resourceGroups: ["team-a-*"],
    kinds: ["*.network.azure.com", "RoleAssignment.authorization.azure.com"],
    identities: [client],
  },
};
const access = (more: Partial<Access> = {}): Access => ({
  kind: "VirtualNetwork.network.azure.com",
  credential: { source: "team-a/aso-credential", clientId: client },
  armIds: [network],
  ...more,
});

describe("matchesGlob", () => {
  it.each([
    ["team-a", "team-a", true],
    ["team-a", "team-ab", false],
    ["team-a", "TEAM-A", true],
    ["*", "", true],
    ["team-*", "team-", true],
    ["*-prod", "a-prod", true],
    ["a*a", "a", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a**c", "abc", true],
    ["a.c", "abc", false],
    ["team-k", "team-\u212A", false],
    ["", "x", false],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });
});

describe("rulesFor", () => {
  it.each([
    { because: "there is no policy", policy: undefined, at: ["c", "n"], expected: undefined },
    { because: "no rule is for it", policy: [team], at: ["c", "team-b"], expected: [] },
    { because: "its namespace fits", policy: [team], at: ["c", "team-a"], expected: [team] },
    {
      because: "its cluster is another",
      policy: [{ ...team, match: { clusters: ["prod-*"], namespaces: ["team-a"] } }],
      at: ["dev-1", "team-a"],
      expected: [],
    },
  ])("gives what counts, because $because", ({ policy, at, expected }) => {
    expect(rulesFor(policy, at[0] ?? "", at[1] ?? "")).toEqual(expected);
  });
});

describe("refusedAccess", () => {
  const elsewhere = "/subscriptions/00000000-0000-0000-0000-00000000000b/resourceGroups/team-a-net";
  const open: AccessRule = { match: {}, allow: {} };
  it.each<{ because: string; rules: readonly AccessRule[]; given: Access; refused?: RegExp }>([
    { because: "all of it fits", rules: [team], given: access() },
    {
      because: "ids have no case",
      rules: [team],
      given: access({ armIds: [network.toUpperCase()] }),
    },
    { because: "a group is its own target", rules: [team], given: access({ armIds: [group] }) },
    {
      because: "a rule without lists limits nothing",
      rules: [open],
      given: access({ armIds: ["x"] }),
    },
    {
      because: "no rule is for the namespace",
      ...{ rules: [], given: access(), refused: /^anything in this namespace$/ },
    },
    {
      because: "the kind is not listed",
      rules: [team],
      given: access({ kind: "StorageAccount.storage.azure.com" }),
      refused: /^the kind StorageAccount.storage.azure.com$/,
    },
    {
      because: "another client is named",
      rules: [team],
      given: access({ credential: { source: "team-a/x", clientId: "other" } }),
      refused: /identity "other" of the credential team-a\/x/,
    },
    {
      because: "the app is no client",
      rules: [team],
      given: access({ credential: { source: "global", clientId: client } }),
      refused: /identity of the function app/,
    },
    {
      because: "a Secret does not become the app by naming it",
      rules: [{ match: {}, allow: { identities: ["app"] } }],
      given: access({ credential: { source: "team-a/x", clientId: "app" } }),
      refused: /identity "app" of the credential team-a\/x/,
    },
    {
      because: "the app is allowed by its name",
      rules: [{ match: {}, allow: { identities: ["app"] } }],
      given: access({ credential: { source: "global", clientId: "" } }),
    },
    {
      because: "nobody knows the identity yet",
      ...{ rules: [team], given: access({ credential: undefined, armIds: [] }) },
    },
    {
      because: "an owner by armId is in another subscription",
      rules: [team],
      given: access({ armIds: [`${elsewhere}/providers/Microsoft.Network/virtualNetworks/v`] }),
      refused: /^the subscription "00000000-0000-0000-0000-00000000000b"/,
    },
    {
      because: "the group is another's",
      rules: [team],
      given: access({ armIds: [group.replace("team-a", "team-b")] }),
      refused: /^the resource group "team-b-net"/,
    },
    {
      because: "an extension hangs on another's group",
      rules: [team],
      given: access({
        kind: "RoleAssignment.authorization.azure.com",
        armIds: [
          `${group.replace("team-a", "team-b")}/providers/Microsoft.Authorization/roleAssignments/r`,
        ],
      }),
      refused: /^the resource group "team-b-net"/,
    },
    {
      because: "a subscription is no group",
      rules: [team],
      given: access({
        kind: "RoleAssignment.authorization.azure.com",
        armIds: [
          `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleAssignments/r`,
        ],
      }),
      refused: /which is in no resource group,$/,
    },
    {
      because: "a management group is in no subscription",
      rules: [team],
      given: access({
        armIds: [
          `/providers/Microsoft.Management/managementGroups/m/subscriptions/${subscription}`,
        ],
      }),
      refused: /which is in no subscription,$/,
    },
    {
      because: "a name that climbs is no id",
      rules: [team],
      given: access({
        armIds: [`${group}/../team-b/providers/Microsoft.Network/virtualNetworks/v`],
      }),
      refused: /which is in no subscription,$/,
    },
    {
      because: "an escape is no id",
      rules: [team],
      given: access({ armIds: [`${group}%2F..%2Fteam-b`] }),
      refused: /which is in no subscription,$/,
    },
    {
      because: "every target counts, not only the first",
      rules: [team],
      given: access({ armIds: [network, elsewhere] }),
      refused: /^the subscription/,
    },
    {
      because: "half a rule and half of another make no whole",
      rules: [
        { match: {}, allow: { kinds: ["*.network.azure.com"], resourceGroups: ["other"] } },
        { match: {}, allow: { kinds: ["*.storage.azure.com"], resourceGroups: ["team-a-*"] } },
      ],
      given: access(),
      refused: /^the resource group "team-a-net" .* with this kind and identity/,
    },
    {
      because: "one of several rules is enough",
      ...{ rules: [{ match: {}, allow: { kinds: ["no.thing"] } }, team], given: access() },
    },
  ])("decides, because $because", ({ rules, given, refused }) => {
    const told = refusedAccess(rules, given);
    if (refused === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(refused);
  });

  it("tells nothing of what the rules say", () => {
    const told = refusedAccess([team], access({ armIds: [`${elsewhere}x`] }));
    expect(told).not.toMatch(/team-a-\*|0000000a/);
  });
});
