import { parse } from "yaml";
import { errorMessage } from "../../../core/errors.ts";
import type { JsonValue } from "../../../core/json.ts";
import { decodeProtobuf } from "../protobuf/decode-protobuf.ts";
import { badRequest, type Refusal, refuse } from "../refusal.ts";
import type { PatchType } from "../store/patch-object.ts";
import type { ApiRequest } from "./exchange.ts";

/** A request body that could be read. */
export type Body = { readonly kind: "body"; readonly value: JsonValue };

/** The body of a POST, PUT or DELETE as JSON; YAML is read too. */
export function readBody(request: ApiRequest, expected: string): Body | Refusal {
  const type = mediaType(request);
  if (type === "application/vnd.kubernetes.protobuf") return readProtobuf(request, expected);
  if (!["", "application/json", "application/yaml", "*/*"].includes(type)) {
    return unsupported(["application/json", "application/yaml"]);
  }
  const text = textOf(request);
  try {
    const value = type === "application/yaml" ? readYaml(text) : readJson(text);
    return { kind: "body", value };
  } catch (error) {
    return badRequest(
      `the object provided is unrecognized (must be of type ${expected}): couldn't get version/kind; json parse error: ${errorMessage(error)} (${text.slice(0, 30)})`,
    );
  }
}

const patchTypes: Readonly<Record<string, PatchType | "apply">> = {
  "application/merge-patch+json": "merge",
  "application/json-patch+json": "json",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/** The patch of a PATCH and its type. Custom resources know no strategic merge patch. */
export function readPatch(
  request: ApiRequest,
  isCustom: boolean,
):
  | { readonly kind: "patch"; readonly type: PatchType | "apply"; readonly value: JsonValue }
  | Refusal {
  const type = patchTypes[mediaType(request)];
  if (type === undefined || (isCustom && type === "strategic")) {
    const accepted = ["application/json-patch+json", "application/merge-patch+json"];
    if (!isCustom) accepted.push("application/strategic-merge-patch+json");
    return unsupported([...accepted, "application/apply-patch+yaml"]);
  }
  const text = textOf(request);
  try {
    const value = type === "apply" ? readYaml(text) : readJson(text);
    return { kind: "patch", type, value };
  } catch (error) {
    const what = type === "apply" ? "error decoding YAML" : "error decoding patch";
    return badRequest(`${what}: ${errorMessage(error)}`);
  }
}

function readProtobuf(request: ApiRequest, expected: string): Body | Refusal {
  const value = decodeProtobuf(request.body);
  if (value !== undefined) return { kind: "body", value };
  return badRequest(`the object provided is unrecognized (must be of type ${expected})`);
}

function textOf(request: ApiRequest): string {
  return new TextDecoder().decode(request.body);
}

function mediaType(request: ApiRequest): string {
  return (request.contentType.split(";")[0] ?? "").trim();
}

function readJson(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}

function readYaml(text: string): JsonValue {
  return text.trimStart().startsWith("{") ? readJson(text) : (parse(text) as JsonValue);
}

function unsupported(accepted: readonly string[]): Refusal {
  const list = accepted.join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return refuse(415, "UnsupportedMediaType", message);
}
