import { isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { Cause } from "../refusal.ts";
import { forbiddenValue, invalidValue, requiredValue } from "./causes.ts";

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const nameRules = {
  subdomain: {
    pattern: new RegExp(`^${subdomain}$`),
    limit: 253,
    text:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
      `and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`,
  },
  label: {
    pattern: new RegExp(`^${label}$`),
    limit: 63,
    text:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
      `with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  any: { pattern: /^[^/%]+$/, limit: 253, text: "may not contain '/' or '%'" },
} as const;

/** How strict a type is about its objects' names. */
export type NameRule = keyof typeof nameRules;

const qualifiedName = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const qualifiedPattern = new RegExp(`^${qualifiedName}$`);
const labelValue = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const labelValuePattern = new RegExp(`^${labelValue}$`);
const alphanumeric =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const nameExample = `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedName}')`;
const standardFinalizers = new Set(["orphan", "foregroundDeletion", "kubernetes"]);

/** Checks name, labels, annotations, owner references and, for built-in types, finalizers. */
export function validateMetadata(
  metadata: JsonObject,
  nameRule: NameRule,
  needsQualifiedFinalizers: boolean,
): Cause[] {
  return [
    ...nameCauses(metadata, nameRule),
    ...labelCauses(metadata["labels"]),
    ...annotationCauses(metadata["annotations"]),
    ...ownerCauses(metadata["ownerReferences"]),
    ...(needsQualifiedFinalizers ? finalizerCauses(metadata["finalizers"]) : []),
  ];
}

/** What an update must not do to metadata. */
export function validateMetadataUpdate(before: JsonObject, after: JsonObject): Cause[] {
  const causes: Cause[] = [];
  if (after["uid"] !== before["uid"]) {
    const cause = invalidValue("metadata.uid", after["uid"] ?? "", "field is immutable");
    causes.push(cause, cause);
  }
  if (before["deletionTimestamp"] === undefined) return causes;
  const known = new Set(strings(before["finalizers"]));
  const added = strings(after["finalizers"]).filter((finalizer) => !known.has(finalizer));
  if (added.length > 0) {
    const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`;
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
    const cause = forbiddenValue("metadata.finalizers", why);
    causes.push(cause, cause);
  }
  return causes;
}

/** The strings of a list; nothing when it is not a list. */
export function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function nameCauses(metadata: JsonObject, nameRule: NameRule): Cause[] {
  const name = metadata["name"];
  if (typeof name !== "string" || name === "") {
    return [requiredValue("metadata.name", "name or generateName is required")];
  }
  const rule = nameRules[nameRule];
  const causes: Cause[] = [];
  if (name.length > rule.limit) {
    causes.push(
      invalidValue("metadata.name", name, `must be no more than ${rule.limit} characters`),
    );
  }
  if (!rule.pattern.test(name)) causes.push(invalidValue("metadata.name", name, rule.text));
  return causes;
}

function labelCauses(labels: JsonValue | undefined): Cause[] {
  if (!isJsonObject(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => {
    const causes = keyCauses(key, "metadata.labels");
    if (typeof value === "string" && value.length > 63) {
      causes.push(invalidValue("metadata.labels", value, "must be no more than 63 characters"));
    }
    if (typeof value === "string" && !labelValuePattern.test(value)) {
      const why = `a valid label must be an empty string or ${alphanumeric.replace("must ", "")}`;
      const example = `(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValue}')`;
      causes.push(
        invalidValue(
          "metadata.labels",
          value,
          `${why.replace("and start", "and must start")} ${example}`,
        ),
      );
    }
    return causes;
  });
}

function annotationCauses(annotations: JsonValue | undefined): Cause[] {
  if (!isJsonObject(annotations)) return [];
  return Object.keys(annotations).flatMap((key) => keyCauses(key, "metadata.annotations"));
}

function keyCauses(key: string, field: string): Cause[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    const why = `a valid label key ${alphanumeric} ${nameExample} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
    return [invalidValue(field, key, why)];
  }
  const causes: Cause[] = [];
  const [prefix, name] = parts.length === 2 ? [parts[0], parts[1] ?? ""] : [undefined, key];
  if (prefix !== undefined && !nameRules.subdomain.pattern.test(prefix)) {
    causes.push(invalidValue(field, key, `prefix part ${nameRules.subdomain.text}`));
  }
  if (name === "") causes.push(invalidValue(field, key, "name part must be non-empty"));
  else if (name.length > 63) {
    causes.push(invalidValue(field, key, "name part must be no more than 63 bytes"));
  } else if (!qualifiedPattern.test(name)) {
    causes.push(invalidValue(field, key, `name part ${alphanumeric} ${nameExample}`));
  }
  return causes;
}

function ownerCauses(owners: JsonValue | undefined): Cause[] {
  if (!Array.isArray(owners)) return [];
  const empty = owners.flatMap((owner) =>
    ["apiVersion", "kind", "name", "uid"]
      .filter((field) => !isJsonObject(owner) || !owner[field])
      .map((field) => invalidValue(`metadata.ownerReferences.${field}`, "", "must not be empty")),
  );
  const controllers = owners.filter((owner) => isJsonObject(owner) && owner["controller"] === true);
  if (controllers.length < 2) return empty;
  const why =
    'Only one reference can have Controller set to true. Found "true" in references for ' +
    controllers
      .map((owner) => (isJsonObject(owner) ? `${owner["kind"]}/${owner["name"]}` : ""))
      .join(" and ");
  return [...empty, invalidValue("metadata.ownerReferences", null, why)];
}

function finalizerCauses(finalizers: JsonValue | undefined): Cause[] {
  return strings(finalizers).flatMap((finalizer, index) => {
    const field = `metadata.finalizers[${index}]`;
    const causes = keyCauses(finalizer, field);
    if (!finalizer.includes("/") && !standardFinalizers.has(finalizer)) {
      const why = "name is neither a standard finalizer name nor is it fully qualified";
      causes.push(invalidValue(field, finalizer, why));
    }
    return causes;
  });
}
