import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** A reference of a custom resource in one of its legal forms (aso-features 6.5). */
export type Reference =
  /** Another custom resource of the same namespace. */
  | {
      readonly kind: "resource";
      readonly target: { readonly group: string; readonly kind: string; readonly name: string };
    }
  | { readonly kind: "armId"; readonly armId: string }
  /** A name that Azure knows, e.g. of a built-in role. */
  | { readonly kind: "wellKnown"; readonly name: string };

/** A key of a Secret or ConfigMap of the same namespace. */
export type KeyReference = { readonly name: string; readonly key: string };

/** What is wrong with a reference, as the end of a sentence that starts with its path; or the reference. */
export type ReferenceReading =
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "wrong"; readonly wrong: string };

/**
 * Reads a reference: exactly one of `armId`, `wellKnownName` (where the property allows it) or all of `group`, `kind` and `name`.
 * An empty text counts as unset.
 */
export function readReference(value: JsonValue, allowWellKnown: boolean): ReferenceReading {
  if (!isJsonObject(value)) return { kind: "wrong", wrong: "must be an object" };
  const armId = text(value, "armId");
  const wellKnownName = allowWellKnown ? text(value, "wellKnownName") : "";
  const [group, kind, name] = [text(value, "group"), text(value, "kind"), text(value, "name")];
  const named = group !== "" || kind !== "" || name !== "";
  const forms = Number(armId !== "") + Number(wellKnownName !== "") + Number(named);
  const choice = allowWellKnown ? "armId, wellKnownName" : "armId";
  if (forms === 0) return { kind: "wrong", wrong: `needs ${choice} or group, kind and name` };
  if (forms > 1) {
    return { kind: "wrong", wrong: `must have only one of ${choice} or group, kind and name` };
  }
  if (armId !== "") return { kind: "reference", reference: { kind: "armId", armId } };
  if (wellKnownName !== "") {
    return { kind: "reference", reference: { kind: "wellKnown", name: wellKnownName } };
  }
  if (group === "" || kind === "" || name === "") {
    return { kind: "wrong", wrong: "needs all of group, kind and name" };
  }
  return { kind: "reference", reference: { kind: "resource", target: { group, kind, name } } };
}

/** Reads `{name, key}`; undefined when one of them is missing. */
export function readKeyReference(value: JsonValue): KeyReference | undefined {
  const name = isJsonObject(value) ? text(value, "name") : "";
  const key = isJsonObject(value) ? text(value, "key") : "";
  return name === "" || key === "" ? undefined : { name, key };
}

/** Reads the `{name}` of a whole Secret; undefined when it is missing. */
export function readSecretMapName(value: JsonValue): string | undefined {
  const name = isJsonObject(value) ? text(value, "name") : "";
  return name === "" ? undefined : name;
}

function text(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}
