import { isPollable } from "../../core/arm/lro-state.ts";
import { unusableName } from "../../core/arm/unusable-name.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { EngineCase } from "./judge.ts";
import { isRefused } from "./lro.ts";

/** A way in which the engine differs from Azure Service Operator on purpose. */
export type Deviation = {
  readonly id: string;
  readonly reason: string;
  /** Whether this is the cause of one line of differences. Looks at what the case is about, never at its id. */
  readonly covers: (testCase: EngineCase, line: string) => boolean;
};

/** The deviation behind every line, or undefined when a line has none. */
export function explainAll(
  testCase: EngineCase,
  lines: readonly string[],
): readonly Deviation[] | undefined {
  const found = lines.map((line) => deviations.find((one) => one.covers(testCase, line)));
  return found.every((one) => one !== undefined) ? [...new Set(found)] : undefined;
}

const failureStates = /"(?:provisioningState|status)": ?"(?:failed|cancell?ed)"/i;
const pollHeaders = ["azure-asyncoperation", "operation-location", "location"];

/** Where we differ from ASO on purpose, and which lines of a verdict each of them explains. */
export const deviations: readonly Deviation[] = [
  {
    id: "fatal-errors-are-retried-slowly",
    reason: "Nothing is given up: severity Error is shown, and tried again slowly.",
    covers: ({ expected }, line) =>
      (/^retry: expected "none", got "(?:slow|verySlow)"$/.test(line) &&
        severityOf(expected) === "Error") ||
      /^event \d+: an Error is retried, expected none$/.test(line),
  },
  {
    id: "only-well-formed-namespaces-are-registered",
    reason: "What ARM names becomes a path segment of a POST; anything but a namespace is refused.",
    covers: ({ expected }, line) => {
      const url = String(first(expected["extraRequests"])?.["url"] ?? "");
      return (
        line.startsWith("registration:") && !/\/providers\/[A-Za-z0-9.]+\/register\?/.test(url)
      );
    },
  },
  {
    id: "transient-poll-errors-keep-the-operation",
    reason: "Throttling, time-outs, server and transport errors say nothing about the operation.",
    covers: (_, line) => /^step [1-9]\d*: expected error, got inProgress \(transient\)$/.test(line),
  },
  {
    id: "moved-poll-urls-are-followed",
    reason: "A poll may name a new URL in any protocol; an unusable one is ignored.",
    covers: ({ input }, line) =>
      /^(?:step [1-9]\d*: (?:token|requests):|number of steps|step [1-9]\d*: expected error, got)/.test(
        line,
      ) && answers(input).slice(1).some(namesUrl),
  },
  {
    id: "a-failed-state-is-no-success",
    reason: "A first answer that says Failed or Canceled fails, or is followed where it has a URL.",
    covers: ({ input }, line) =>
      /^step 0: expected done, got (?:error|inProgress)$/.test(line) &&
      failureStates.test(String(answers(input)[0]?.["body"] ?? "")),
  },
  {
    id: "unusable-poll-urls-are-refused-at-once",
    reason: "A URL that can never be polled fails the request, not the first poll a second later.",
    covers: ({ input }, line) =>
      /^(?:step 0: expected inProgress, got error|outcome|token|poller id)/.test(line) &&
      pollUrls(answers(input)[0]).some((url) => !isPollable(url)),
  },
  {
    id: "a-relative-location-names-the-resource",
    reason:
      "ASO calls the PUT failed that was answered with the new resource's path, and repeats it.",
    covers: ({ input }, line) =>
      /^step 0: expected error, got inProgress$/.test(line) &&
      pollUrls(answers(input)[0]).some((url) => url.startsWith("/")),
  },
  {
    id: "a-deletion-ends-with-a-404",
    reason: "A resource that can still be read is not deleted, whatever state it shows.",
    covers: ({ input }, line) =>
      line === "expected done, got inProgress" &&
      input["poller"] === "delete" &&
      /"type": ?"body"/.test(String(input["token"])),
  },
  {
    id: "ids-arm-would-misread-are-refused",
    reason: "Slashes, ?, #, % and dots in names silently address other resources.",
    covers: ({ input }, line) =>
      (typeof input["resourceId"] === "string" && isRefused(input["resourceId"])) ||
      (line.startsWith("armId:") && unusableName(targetName(input)) !== undefined),
  },
  {
    id: "crashes-are-not-copied",
    reason:
      "A stored terminal state and an extension without owner end the pass in ASO by a panic.",
    covers: ({ expected }) => expected["outcome"] === "panic" || expected["panic"] !== undefined,
  },
  {
    id: "a-missing-owner-is-a-problem",
    reason: "ASO takes a resource without owner for a resource group of that name.",
    covers: ({ input, expected }, line) =>
      line.startsWith("armId:") &&
      kindOf(input["target"]) !== "ResourceGroup" &&
      /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/.test(String(expected["armId"])) &&
      !overrides(input),
  },
  {
    id: "names-are-defaulted-without-a-webhook",
    reason: "There is no webhook: the rule is applied wherever the name is needed.",
    covers: ({ input }) => input["noDefaulting"] === true,
  },
  {
    id: "provider-is-read-not-searched",
    reason: "ASO looks for the provider as a part of the text and finds it in a group's name.",
    covers: ({ input, expected }, line) => {
      const provider = String(expected["armType"]).split("/")[0]?.toLowerCase() ?? "";
      const text = JSON.stringify(input).toLowerCase();
      return line.startsWith("armId:") && text.includes(`/resourcegroups/${provider}`);
    },
  },
  {
    id: "scopes-lose-trailing-slashes",
    reason: "An empty path segment is not part of any scope.",
    covers: ({ expected }, line) =>
      line.startsWith("armId:") && String(expected["armId"]).includes("//"),
  },
  {
    id: "child-override-only-for-extensions",
    reason: "ASO would send an ordinary child's body to the overriding id itself.",
    covers: ({ input, expected }, line) =>
      line.startsWith("armId:") && overrides(input) && expected["scope"] !== "extension",
  },
  {
    id: "no-name-below-a-malformed-owner",
    reason: "A UUID that is made of a malformed owner is never used.",
    covers: ({ expected }, line) =>
      /^azureName: expected ".+", got ""$/.test(line) && expected["idError"] !== undefined,
  },
  {
    id: "an-empty-policy-is-no-policy",
    reason:
      "A resource with an empty annotation follows its Namespace at once, an empty default means manage.",
    covers: ({ input }, line) =>
      (line.startsWith("queued:") && line.includes('"own-empty"')) ||
      (line.startsWith("calls:") && input["defaultPolicy"] === ""),
  },
  {
    id: "no-sync-period-still-retries",
    reason: "A sync period of zero or less ends comparing by time, not retrying.",
    covers: ({ input }, line) =>
      /^event \d+ (?:min|max): expected "0.000000"/.test(line) &&
      /^(?:-|[+]?0)/.test(String(input["syncPeriod"])),
  },
  {
    id: "no-message-literals",
    reason:
      "The parser has no object literals and no optional elements; ASO's documentation uses neither.",
    covers: ({ input }, line) =>
      line.startsWith("check: expected true") && /\w\{\w+ *:|[[{,] *\?/.test(expressionOf(input)),
  },
];

function expressionOf(input: JsonObject): string {
  return String(input["expression"] ?? "");
}

function severityOf(expected: JsonObject): JsonValue | undefined {
  const { ready } = expected;
  return isJsonObject(ready) ? ready["severity"] : undefined;
}

function answers(input: JsonObject): readonly JsonObject[] {
  const { responses } = input;
  return Array.isArray(responses) ? responses.filter(isJsonObject) : [];
}

function first(list: JsonValue | undefined): JsonObject | undefined {
  return Array.isArray(list) ? list.find(isJsonObject) : undefined;
}

function pollUrls(answer: JsonObject | undefined): readonly string[] {
  const headers = answer?.["headers"];
  if (!isJsonObject(headers)) return [];
  return Object.entries(headers)
    .filter(([name]) => pollHeaders.includes(name.toLowerCase()))
    .map(([, value]) => String(value));
}

function namesUrl(answer: JsonObject): boolean {
  return pollUrls(answer).length > 0;
}

function targetName(input: JsonObject): string {
  const { target } = input;
  const spec = isJsonObject(target) ? target["spec"] : undefined;
  return isJsonObject(spec) ? String(spec["azureName"] ?? "") : "";
}

function kindOf(value: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(value) ? value["kind"] : undefined;
}

function overrides(input: JsonObject): boolean {
  return JSON.stringify(input).includes("serviceoperator.azure.com/child-resource-id-override");
}
