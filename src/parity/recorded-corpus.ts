import { z } from "zod";
import { toStatus } from "../core/convert/to-status.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { asResource } from "./address.ts";
import type { CaseInputs } from "./case-inputs.ts";
import { type Corpus, type Verdict, verdictOf } from "./corpus.ts";
import { describeDifference, jsonDifferences } from "./json-difference.ts";
import { knownStatus } from "./known-status.ts";
import { versionOf } from "./known-version.ts";
import { addressDifferences, bodyDifferences, putRequest } from "./put-request.ts";
import { modifyRecorded, type RecordedReads } from "./recorded-reads.ts";
import type { Redact } from "./redactions.ts";

const json = z.custom<JsonObject>(isJsonObject);
const texts = z.record(z.string(), z.string());
const target = z.object({ group: z.string(), kind: z.string(), name: z.string() });
const named = z.object({ name: z.string() });
const interaction = z.object({
  /** Place in the recording. */
  i: z.number(),
  method: z.string(),
  url: z.string(),
  status: z.number(),
  body: json.optional().catch(undefined),
});

const recordedCase = z.object({
  usable: z.boolean().default(true),
  note: z.string().nullish(),
  cr: json,
  related: z.array(z.object({ armId: z.string().nullish(), cr: json })),
  resolved: z.object({
    references: z.array(z.object({ ref: target.optional(), armId: z.string() })),
    wellKnownRoles: z.array(z.object({ wellKnownName: z.string(), roleDefinitionId: z.string() })),
  }),
  kube: z.object({
    secrets: z.array(z.object({ metadata: named, stringData: texts })),
    configMaps: z.array(z.object({ metadata: named, data: texts })),
  }),
  expected: z.object({
    method: z.string(),
    path: z.string(),
    apiVersion: z.string(),
    body: json,
  }),
  sideReads: z.array(interaction).default([]),
  response: z.object({ chain: z.array(interaction) }),
  expected_status_source: z.object({ body: json }).nullish(),
});

type RecordedCase = z.infer<typeof recordedCase>;

/**
 * Custom resource → recorded request of ASO, with what the recorder redacted redacted in ours too; and the recorded GET → status,
 * which must hold everything of the body that the catalog knows (ASO's own status was not recorded).
 */
export function recordedCorpus(redact: Redact): Corpus {
  return {
    name: "recorded",
    accepts: (testCase) => "expected" in testCase && recordedCase.safeParse(testCase).success,
    check: (testCase) => check(recordedCase.parse(testCase), redact),
  };
}

async function check(testCase: RecordedCase, redact: Redact): Promise<Verdict> {
  const { cr, related, expected, usable, note } = testCase;
  if (!usable) return { kind: "skipped", reason: note ?? "the recording is not usable" };
  const resource = asResource(cr);
  const attempt = await putRequest(
    resource,
    related.map((one) => asResource(one.cr, one.armId)),
    caseInputs(testCase),
  );
  if (attempt.kind === "problem") return verdictOf([attempt.message]);
  const kind = { group: resource.apiVersion.split("/")[0] ?? "", kind: resource.kind };
  const modified = modifyRecorded(kind, attempt.request, recordedReads(testCase));
  if (modified.kind === "problem") return verdictOf([modified.message]);
  return verdictOf([
    ...addressDifferences(expected, modified.request),
    ...bodyDifferences([expected.body], redact(modified.request.body)),
    ...(await statusLosses(testCase)),
  ]);
}

async function statusLosses({ cr, expected_status_source }: RecordedCase): Promise<string[]> {
  const version = await versionOf(asResource(cr));
  if (version === undefined || !expected_status_source) return [];
  const { body } = expected_status_source;
  return jsonDifferences(knownStatus(body, version), toStatus(body, version), "$status").map(
    describeDifference,
  );
}

/** What was read up to the first PUT: later answers show what that PUT made. */
function recordedReads({ sideReads, response, resolved }: RecordedCase): RecordedReads {
  const put = response.chain.find(({ method }) => method === "PUT")?.i ?? Infinity;
  const reads = [...sideReads, ...response.chain].filter(({ i }) => i < put);
  return { reads: reads.toSorted((a, b) => a.i - b.i), roles: resolved.wellKnownRoles };
}

function caseInputs({ resolved, kube }: RecordedCase): CaseInputs {
  return {
    armIds: new Map(
      resolved.references.flatMap(({ ref, armId }) =>
        ref === undefined ? [] : [[`${ref.group}/${ref.kind}/${ref.name}`, armId] as const],
      ),
    ),
    secrets: new Map(kube.secrets.map((one) => [one.metadata.name, one.stringData])),
    configMaps: new Map(kube.configMaps.map((one) => [one.metadata.name, one.data])),
  };
}
