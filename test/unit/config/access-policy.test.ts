import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config/config.ts";

const subscription = "00000000-0000-0000-0000-000000000001";
const read = (policy: string | undefined) =>
  readConfig({
    AzureWebJobsStorage: "UseDevelopmentStorage=true",
    ASO_FUNCTIONS_POLICY: policy,
  }).accessPolicy;

describe("ASO_FUNCTIONS_POLICY", () => {
  it("is no policy when it is not set or empty", () => {
    expect([read(undefined), read("")]).toEqual([undefined, undefined]);
  });

  it("is a list of rules, each with what it is for and what it allows", () => {
    const rules = [
      {
        match: { clusters: ["prod-*"], namespaces: ["team-a"] },
        allow: {
          subscriptions: [subscription],
          resourceGroups: ["team-a-*"],
          kinds: ["*.network.azure.com", "ResourceGroup.resources.azure.com"],
          identities: ["app", "00000000-0000-0000-0000-0000000000AA"],
        },
      },
      { match: {}, allow: { identities: ["*"] } },
    ];
    expect(read(JSON.stringify(rules))).toEqual(rules);
  });

  it("is as infra/guide/identities.md shows it", () => {
    const page = readFileSync(
      new URL("../../../infra/guide/identities.md", import.meta.url),
      "utf8",
    );
    const [, json] = /ASO_FUNCTIONS_POLICY.*?```json\n(.*?)```/s.exec(page) ?? [];
    expect(read(json)).toHaveLength(2);
  });

  it.each([
    { policy: "{", says: "ASO_FUNCTIONS_POLICY: not JSON; it is a list of rules" },
    { policy: "{}", says: "ASO_FUNCTIONS_POLICY[]: " },
    { policy: "[]", says: "at least one rule; without the setting everything is allowed" },
    { policy: '[{"match":{}}]', says: "ASO_FUNCTIONS_POLICY[0.allow]: " },
    { policy: '[{"allow":{}}]', says: "ASO_FUNCTIONS_POLICY[0.match]: " },
    { policy: '[{"match":{"ns":["a"]},"allow":{}}]', says: "ASO_FUNCTIONS_POLICY[0.match]: Unrec" },
    { policy: '[{"match":{},"allow":{"kind":[]}}]', says: "ASO_FUNCTIONS_POLICY[0.allow]: Unrec" },
    { policy: '[{"match":{},"allow":{"kinds":[]}}]', says: "[0.allow.kinds]: at least one entry" },
    { policy: '[{"match":{},"allow":{"kinds":["Disk"]}}]', says: "[0.allow.kinds.0]: Kind.group" },
    {
      policy: '[{"match":{},"allow":{"subscriptions":["prod"]}}]',
      says: "[0.allow.subscriptions.0]: a GUID, or *",
    },
    {
      policy: '[{"match":{},"allow":{"identities":["me"]}}]',
      says: "[0.allow.identities.0]: a client id, or app",
    },
    {
      policy: '[{"match":{"namespaces":["!team-a"]},"allow":{}}]',
      says: "[0.match.namespaces.0]: a name, in which * stands for any characters",
    },
  ])("refuses $policy with its place", ({ policy, says }) => {
    expect(() => read(policy)).toThrow(says);
    expect(() => read(policy)).toThrow(expect.objectContaining({ code: "ConfigInvalid" }));
  });
});
