import { checkExpression } from "../cel/expression.ts";
import type { KindVersion } from "../convert/kind-version.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { Problem } from "../resource/types.ts";
import { expressionsOf } from "./plan-exports.ts";

/**
 * The first expression of `spec.operatorSpec` that cannot be right whatever Azure answers (aso-features.md 8.3): ASO refuses it in a
 * webhook, here it stops the resource before anything is sent.
 */
export function invalidExpression(spec: JsonObject, version: KindVersion): Problem | undefined {
  const operatorSpec = spec["operatorSpec"];
  if (!isJsonObject(operatorSpec)) return undefined;
  for (const list of ["configMapExpressions", "secretExpressions"] as const) {
    for (const destination of expressionsOf(operatorSpec, list)) {
      const message = flaw(destination, version, list === "secretExpressions");
      if (message !== undefined) return notExportable(message);
    }
  }
  return undefined;
}

function flaw(
  destination: JsonObject,
  version: KindVersion,
  withSecrets: boolean,
): string | undefined {
  const expression = textOf(destination["value"]);
  const checked = checkExpression(expression, version, withSecrets);
  if (checked.kind === "problem") return checked.message;
  const hasKey = textOf(destination["key"]) !== "";
  if (hasKey !== (checked.kind === "string"))
    return hasKey
      ? `the expression "${expression}" gives a map, so its destination must not name a key`
      : `the expression "${expression}" gives one value, so its destination must name a key`;
  return metadataFlaw(destination, version);
}

function metadataFlaw(destination: JsonObject, version: KindVersion): string | undefined {
  for (const field of ["annotations", "labels"]) {
    const declared = destination[field];
    if (!isJsonObject(declared)) continue;
    for (const [key, value] of Object.entries(declared)) {
      const checked = checkExpression(textOf(value), version, false);
      if (checked.kind === "string") continue;
      const why = checked.kind === "problem" ? checked.message : "it must give a text";
      return `the expression of ${field} "${key}" cannot be used: ${why}`;
    }
  }
  return undefined;
}

function notExportable(message: string): Problem {
  return {
    reason: "FailedWritingAdditionalKubernetesObjects",
    severity: "Error",
    retry: "slow",
    message: `${message}. Nothing was sent to Azure.`,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
