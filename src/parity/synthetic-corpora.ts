import { z } from "zod";
import { toStatus } from "../core/convert/to-status.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { asResource } from "./address.ts";
import { type Corpus, type Verdict, verdictOf } from "./corpus.ts";
import { versionOf } from "./known-version.ts";
import { addressDifferences, bodyDifferences, putRequest } from "./put-request.ts";

const json = z.custom<JsonObject>(isJsonObject);
const values = z.record(z.string(), z.record(z.string(), z.string())).optional();

const putCase = z.object({
  cr: json,
  kube: z.object({ secrets: values, configMaps: values }).optional(),
  expected: z.object({
    method: z.string(),
    path: z.string(),
    apiVersion: z.string(),
    body: json,
    directBody: json.optional(),
  }),
});

const statusCase = z.object({
  group: z.string(),
  version: z.string(),
  kind: z.string(),
  armBody: json,
  expectedStatus: json,
  readStatus: json.optional(),
});

/** Custom resource → request, for resources whose owners and references are ARM ids. */
export const syntheticPuts: Corpus = {
  name: "put",
  accepts: (testCase) => isKubeMap(testCase["kube"]) && putCase.safeParse(testCase).success,
  check: checkPut,
};

/** Body of a GET → status. What a reader of ASO's API version sees is accepted, and what ASO takes straight from the body. */
export const syntheticStatuses: Corpus = {
  name: "status",
  accepts: (testCase) => "armBody" in testCase && statusCase.safeParse(testCase).success,
  check: checkStatus,
};

function isKubeMap(kube: unknown): boolean {
  return kube === undefined || (isJsonObject(kube) && !Array.isArray(kube["secrets"]));
}

async function checkPut(testCase: JsonObject): Promise<Verdict> {
  const { cr, kube, expected } = putCase.parse(testCase);
  const attempt = await putRequest(asResource(cr), [], {
    armIds: new Map(),
    secrets: new Map(Object.entries(kube?.secrets ?? {})),
    configMaps: new Map(Object.entries(kube?.configMaps ?? {})),
  });
  if (attempt.kind === "problem") return verdictOf([attempt.message]);
  const { body, directBody } = expected;
  return verdictOf([
    ...addressDifferences(expected, attempt.request),
    ...bodyDifferences(
      directBody === undefined ? [body] : [directBody, body],
      attempt.request.body,
    ),
  ]);
}

async function checkStatus(testCase: JsonObject): Promise<Verdict> {
  const { group, version, kind, ...data } = statusCase.parse(testCase);
  const known = await versionOf({ apiVersion: `${group}/${version}`, kind });
  if (known === undefined) return verdictOf(["the catalog does not have it"]);
  const accepted = [
    data.expectedStatus,
    ...(data.readStatus === undefined ? [] : [data.readStatus]),
  ];
  return verdictOf(bodyDifferences(accepted, toStatus(data.armBody, known)));
}
