import { z } from "zod";
import type { Corpus, DeviationRule, Verdict } from "./corpus.ts";
import { deviations } from "./engine/deviations.ts";
import { type Difference, type Interaction, replayChain } from "./replay-chain.ts";

const interaction = z.object({
  i: z.number(),
  role: z.string(),
  method: z.string(),
  url: z.string(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});

const recordedChain = z.object({
  usable: z.boolean().default(true),
  group: z.string(),
  kind: z.string(),
  response: z.object({ putErrors: z.array(z.string().nullable()), chain: z.array(interaction) }),
  expected_status_source: z.object({ i: z.number() }).nullish(),
});

type RecordedChain = z.infer<typeof recordedChain>;

/**
 * Recorded answers → what is done next, for every case whose PUT did not simply succeed at once: operations, errors and repeated PUTs.
 * The end is compared too: the same answer becomes the status, and the same failures are read from ARM's errors.
 */
export const recordedOperations: Corpus = {
  name: "operations",
  accepts: (testCase) => {
    const parsed = recordedChain.safeParse(testCase);
    return parsed.success && isEventful(parsed.data);
  },
  check: async (testCase) => judge(recordedChain.parse(testCase)),
};

function isEventful({ usable, response: { chain } }: RecordedChain): boolean {
  const puts = chain.filter(({ role }) => role === "put").length;
  return (
    usable &&
    (puts > 1 || chain.some(({ role, status }) => role.startsWith("lro-") || status >= 400))
  );
}

function judge({ group, kind, response, expected_status_source }: RecordedChain): Verdict {
  // Listing keys and other calls of the kind itself say nothing about the PUT.
  const chain = response.chain.filter(({ role }) => role !== "action").map(asInteraction);
  const replay = replayChain(chain, `${group.replace(/\.azure\.com$/, "")}/${kind}`);
  const failures = response.putErrors.map((code) => code ?? "UnknownError");
  const details = [
    ...replay.differences.map(lineOf),
    ...differs("failures of the PUT", failures.join(), replay.failures.join()),
    ...differs("status from", expected_status_source?.i, replay.statusFrom),
  ];
  if (details.length === 0) return { kind: "passed" };
  const rules = replay.differences.map(ruleOf);
  return details.length === rules.length && rules.every((rule) => rule !== undefined)
    ? { kind: "deviating", deviations: [...new Set(rules)] }
    : { kind: "failed", details };
}

function asInteraction(one: RecordedChain["response"]["chain"][number]): Interaction {
  const { i, role, method, url, status, headers, body } = one;
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    ...{ i, role, method, url },
    answer: { status, headers: Object.fromEntries(lowered), text: text ?? "" },
  };
}

/** Poll URLs hold long signatures: their beginning is enough to find them. */
const mostShown = 200;

function lineOf({ i, expected, got }: Difference): string {
  return `#${i}: expected ${expected.slice(0, mostShown)}, got ${got.slice(0, mostShown)}`;
}

function differs(what: string, expected: string | number | undefined, got: typeof expected) {
  return expected === got ? [] : [`${what}: expected ${expected}, got ${got}`];
}

const ruleIds = {
  relativeLocation: "a-relative-location-names-the-resource",
  transient: "transient-poll-errors-keep-the-operation",
  moved: "moved-poll-urls-are-followed",
} as const;

function ruleOf({ cause }: Difference): DeviationRule | undefined {
  return cause && deviations.find(({ id }) => id === ruleIds[cause]);
}
