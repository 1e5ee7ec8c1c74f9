import { isJson, jsonElements, jsonMembers } from "./json-members.ts";

/** A failure that ARM reported, or that was found in its answer. */
export type ArmFailure = {
  readonly status?: number;
  /** ARM's own code; `UnknownError` when there is none. */
  readonly code: string;
  readonly message: string;
  /** `cloudError`: an ARM error body. `responseError`: an answer that is none. `other`: found by the client. */
  readonly kind: "cloudError" | "responseError" | "other";
  readonly target?: string;
  /** The subscription lacks this resource provider; the caller may register it and repeat later (aso-semantics.md 3.5). */
  readonly registration?: { readonly namespace: string };
};

const unknownCode = "UnknownError";
const unknownMessage = "There was an unknown deployment error";
const missingRegistration = "missingsubscriptionregistration";
/** Characters of a foreign body that are worth showing. */
const excerptLength = 300;

/** A failure that is not ARM's: a broken answer or an unusable URL. */
export function otherFailure(message: string, status?: number): ArmFailure {
  return { kind: "other", code: unknownCode, message, ...(status === undefined ? {} : { status }) };
}

/** Reads the body of a failed answer (aso-semantics.md 3.1, 3.5 and errata 8, 9). Never throws. */
export function parseArmFailure(status: number, text: string): ArmFailure {
  const fields = readErrorBody(text);
  if (status === 409) {
    const special = conflictFailure(text, fields);
    if (special !== undefined) return special;
  }
  if (fields === undefined) return foreignBody(status, text);
  return {
    kind: "cloudError",
    status,
    code: fields.code || unknownCode,
    message: fields.message || unknownMessage,
    ...(fields.target === undefined ? {} : { target: fields.target }),
  };
}

function foreignBody(status: number, text: string): ArmFailure {
  const excerpt = text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text;
  return {
    kind: "responseError",
    status,
    code: unknownCode,
    message: `Azure answered HTTP ${status} with a body that is no ARM error: ${excerpt.trim()}`,
  };
}

/** ASO's registration step reads every 409 before anything else: what it cannot read is no ARM error any more. */
function conflictFailure(text: string, fields: ErrorFields | undefined): ArmFailure | undefined {
  if (text === "") return undefined;
  const nested = readNested(text);
  if (nested === undefined) return { ...foreignBody(409, text), kind: "other" };
  if (nested.code?.toLowerCase() !== missingRegistration) return undefined;
  const namespace = nested.details[0]?.target;
  const words = fields?.message ?? "The subscription lacks a resource provider.";
  if (nested.details.length === 0)
    return otherFailure(`${words} Azure did not name the resource provider.`, 409);
  if (namespace === undefined || !/^[A-Za-z0-9]+(\.[A-Za-z0-9]+)*$/.test(namespace))
    return otherFailure(`${words} Azure named no resource provider that could be registered.`, 409);
  return { ...otherFailure(words, 409), registration: { namespace } };
}

type ErrorFields = {
  code?: string;
  message?: string;
  target?: string;
  details: ErrorFields[];
};

/** The members whose types count; `details` tells those of the details when they differ. */
type Known = { readonly keys: ReadonlySet<string>; readonly details?: Known | undefined };

const cloudKeys = new Set(["code", "message", "target", "details", "additionalinfo"]);

/** Details below details are read this deep; nobody writes deeper ones but to exhaust a reader. */
const deepest = 16;

function cloudErrorOf(depth: number): Known {
  return depth === 0 ? { keys: new Set() } : { keys: cloudKeys, details: cloudErrorOf(depth - 1) };
}

const cloudError = cloudErrorOf(deepest);

const registrationError: Known = {
  keys: new Set(["code", "details"]),
  details: { keys: new Set(["code", "target"]) },
};

/** The `error` object counts as soon as it is there, even empty; `null` clears it; else the top level counts. */
function readErrorBody(text: string): ErrorFields | undefined {
  if (text === "") return { details: [] };
  if (!isJson(text)) return undefined;
  if (text.trim() === "null") return { details: [] };
  const top = readFields(text, cloudError);
  const nested = readErrorMember(text, cloudError);
  if (top === undefined || nested === "invalid") return undefined;
  return nested ?? top;
}

/** What the registration step sees: only the `error` object. */
function readNested(text: string): ErrorFields | undefined {
  if (!isJson(text)) return undefined;
  if (text.trim() === "null") return { details: [] };
  if (jsonMembers(text) === undefined) return undefined;
  const nested = readErrorMember(text, registrationError);
  if (nested === "invalid") return undefined;
  return nested ?? { details: [] };
}

function readErrorMember(text: string, known: Known): ErrorFields | undefined | "invalid" {
  let found: ErrorFields | undefined;
  for (const member of jsonMembers(text) ?? []) {
    if (member.key.toLowerCase() !== "error") continue;
    if (member.text === "null") {
      found = undefined;
      continue;
    }
    const fields = readFields(member.text, known, found);
    if (fields === undefined) return "invalid";
    found = fields;
  }
  return found;
}

/** Fields of one error object, over those of an earlier duplicate. Undefined: a known field has the wrong type. */
function readFields(text: string, known: Known, before?: ErrorFields): ErrorFields | undefined {
  const members = jsonMembers(text);
  if (members === undefined) return undefined;
  const fields: ErrorFields = { ...before, details: before?.details ?? [] };
  for (const member of members) {
    if (!readField(fields, member.key.toLowerCase(), member.text, known)) return undefined;
  }
  return fields;
}

function readField(fields: ErrorFields, key: string, text: string, known: Known): boolean {
  if (!known.keys.has(key)) return true;
  if (key === "code" || key === "message" || key === "target") return readString(fields, key, text);
  if (key === "details") return readDetails(fields, text, known.details ?? known);
  return key !== "additionalinfo" || isAdditionalInfo(text);
}

function readString(fields: ErrorFields, key: "code" | "message" | "target", text: string) {
  if (text === "null") {
    delete fields[key];
    return true;
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== "string") return false;
  fields[key] = value;
  return true;
}

function readDetails(fields: ErrorFields, text: string, known: Known): boolean {
  fields.details = [];
  if (text === "null") return true;
  const elements = jsonElements(text);
  if (elements === undefined) return false;
  for (const element of elements) {
    const detail = element === "null" ? { details: [] } : readFields(element, known);
    if (detail === undefined) return false;
    fields.details.push(detail);
  }
  return true;
}

function isAdditionalInfo(text: string): boolean {
  if (text === "null") return true;
  const elements = jsonElements(text);
  return elements?.every((one) => one === "null" || hasTextType(one)) ?? false;
}

function hasTextType(text: string): boolean {
  const members = jsonMembers(text);
  return (
    members?.every(
      ({ key, text: value }) =>
        key.toLowerCase() !== "type" || value === "null" || value.startsWith('"'),
    ) ?? false
  );
}
