import { armUrl } from "../core/arm/arm-id.ts";
import type { JsonObject } from "../core/json.ts";
import type { BodyAnswers, BodyRead } from "../kinds/kind-extension.ts";
import { kindExtension } from "../kinds/table.ts";
import type { PutRequest } from "./put-request.ts";

/** A GET that the recorder saw, with its answer. */
export type RecordedRead = {
  readonly method: string;
  /** Path and query below the ARM endpoint. */
  readonly url: string;
  readonly status: number;
  readonly body?: JsonObject | undefined;
};

/** What ARM had before the first PUT of a case, as far as it was recorded. */
export type RecordedReads = {
  /** In the order of the recording; the last answer before the PUT counts. */
  readonly reads: readonly RecordedRead[];
  readonly roles: readonly { readonly wellKnownName: string; readonly roleDefinitionId: string }[];
};

/** What the kind's body modifier makes of a request; `message` where it would send none. */
export type ModifiedRequest =
  | { readonly kind: "request"; readonly request: PutRequest }
  | { readonly kind: "problem"; readonly message: string };

/**
 * Applies the kind's `modifyBody` as the engine does, its reads answered from the recording. A resource that the recorder saw no GET
 * of was not there.
 */
export function modifyRecorded(
  kind: { readonly group: string; readonly kind: string },
  request: PutRequest,
  recorded: RecordedReads,
): ModifiedRequest {
  const { modifyBody } = kindExtension(kind.group, kind.kind);
  if (modifyBody === undefined) return { kind: "request", request };
  const { path: armId, apiVersion, body } = request;
  const put = { armId, apiVersion, body };
  const answers: Record<string, BodyAnswers[string]> = {};
  for (const read of modifyBody.reads(put)) answers[read.id] = answerOf(read, recorded);
  const modified = modifyBody.apply(put, answers);
  if (modified.kind === "body")
    return { kind: "request", request: { ...request, body: modified.body } };
  return { kind: "problem", message: modified.problem.message };
}

function answerOf(read: BodyRead, { reads, roles }: RecordedReads): BodyAnswers[string] {
  if (read.list) return { value: roles.map(builtInRole) };
  const found = reads.findLast(
    ({ method, url }) => method === "GET" && canonicalUrl(url) === canonicalUrl(read.url),
  );
  return found?.status === 200 && found.body !== undefined ? found.body : "notFound";
}

/** Roles are recorded by name and id only; a list of definitions says more, but nothing more is read from it. */
function builtInRole(role: RecordedReads["roles"][number]): JsonObject {
  const { wellKnownName, roleDefinitionId } = role;
  const name = roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1);
  return {
    id: roleDefinitionId,
    name,
    properties: { roleName: wellKnownName, type: "BuiltInRole" },
  };
}

/** ARM compares paths without regard to case. */
function canonicalUrl(url: string): string {
  const [path = "", query = ""] = url.split("?");
  const apiVersion = new URLSearchParams(query).get("api-version") ?? "";
  return armUrl(path, apiVersion).toLowerCase();
}
