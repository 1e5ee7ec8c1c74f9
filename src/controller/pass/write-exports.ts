import { armUrl } from "../../core/arm/arm-id.ts";
import { parseArmFailure } from "../../core/arm/parse-error.ts";
import { evaluateExpression, secretNames } from "../../core/cel/expression.ts";
import {
  declaredSecrets,
  type ExportPlan,
  expressionsOf,
  planExports,
  statusValue,
} from "../../core/exports/plan-exports.ts";
import { isJsonObject, type JsonObject, parseJsonObject } from "../../core/json.ts";
import type { OwnerReference, Problem } from "../../core/resource/types.ts";
import { Secret } from "../../core/secret.ts";
import type { SecretExports } from "../../kinds/kind-extension.ts";
import { kindExtension } from "../../kinds/table.ts";
import { callArm } from "./call-arm.ts";
import { endThrottled } from "./end-pass.ts";
import { type Pass, type PassEnd, resourceOf } from "./pass.ts";

type Outcome = { readonly problem: Problem } | { readonly end: PassEnd } | undefined;

/** Writes the Secrets and ConfigMaps that the resource asks for (aso-semantics.md 8). Undefined: all written, or none asked for. */
export async function writeExports(pass: Pass, status: JsonObject): Promise<Outcome> {
  const operatorSpec = resourceOf(pass).spec?.["operatorSpec"];
  if (!isJsonObject(operatorSpec) || Object.keys(operatorSpec).length === 0) return undefined;
  const secrets = await readSecrets(pass, operatorSpec, status);
  if (secrets.kind !== "secrets") return secrets.outcome;
  pass.secrets.push(...Object.values(secrets.values));
  const plan = plannedExports(pass, operatorSpec, status, secrets.values);
  if (plan.kind === "problem")
    return { problem: plan.fatal ? notWritten(plan.message) : failed(plan.message) };
  const refused: string[] = [];
  for (const object of plan.objects) {
    const { namespace } = pass.key;
    const written = await pass.cluster.writeExport(
      { ...object, namespace, owner: ownerOf(pass) },
      pass.signal,
    );
    if (written === "notOwned") refused.push(`${object.kind} ${namespace}/${object.name}`);
  }
  if (refused.length === 0) return undefined;
  const { kind, group, namespace, name } = pass.key;
  return {
    problem: notWritten(
      `cannot overwrite ${refused.join(", ")} which is not owned by ${kind}.${group} ${namespace}/${name}. Choose another name in spec.operatorSpec, or remove that object.`,
    ),
  };
}

function plannedExports(
  pass: Pass,
  operatorSpec: JsonObject,
  status: JsonObject,
  secrets: Readonly<Record<string, Secret<string>>>,
): ExportPlan {
  const resource = resourceOf(pass);
  const { version } = pass;
  if (version === undefined) throw new Error("exports need a version");
  const self = {
    ...resource,
    apiVersion: `${version.group}/${version.version}`,
    status: { ...resource.status, ...status },
  };
  const revealed = Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [name, value.reveal()]),
  );
  return planExports({
    operatorSpec,
    status,
    secrets,
    configMapPaths: version.exports,
    evaluate: (expression, withSecrets) =>
      evaluateExpression(
        expression,
        self as unknown as JsonObject,
        version,
        withSecrets ? revealed : undefined,
      ),
  });
}

async function readSecrets(
  pass: Pass,
  operatorSpec: JsonObject,
  status: JsonObject,
): Promise<
  | { readonly kind: "secrets"; readonly values: Readonly<Record<string, Secret<string>>> }
  | { readonly kind: "ended"; readonly outcome: Outcome }
> {
  const source = kindExtension(pass.key.group, pass.key.kind).secrets;
  if (source === undefined) return { kind: "secrets", values: {} };
  const asked = askedSecrets(operatorSpec);
  const values: Record<string, Secret<string>> = {};
  for (const [name, from] of Object.entries(source.fromStatus)) {
    const value = typeof from === "string" ? statusValue(status, from) : from(status);
    if (asked.has(name) && value !== undefined) values[name] = new Secret(value);
  }
  if (!Object.keys(source.fromAction).some((name) => asked.has(name)))
    return { kind: "secrets", values };
  const answer = await listKeys(pass, source);
  if ("outcome" in answer) return { kind: "ended", outcome: answer.outcome };
  for (const [name, read] of Object.entries(source.fromAction)) {
    const value = read(answer.body);
    if (asked.has(name) && typeof value === "string") values[name] = new Secret(value);
  }
  return { kind: "secrets", values };
}

function askedSecrets(operatorSpec: JsonObject): ReadonlySet<string> {
  const used = expressionsOf(operatorSpec, "secretExpressions").flatMap((one) =>
    typeof one["value"] === "string" ? secretNames(one["value"]) : [],
  );
  return new Set([...declaredSecrets(operatorSpec), ...used]);
}

async function listKeys(
  pass: Pass,
  source: SecretExports,
): Promise<{ readonly body: JsonObject } | { readonly outcome: Outcome }> {
  const armId = pass.prepared?.goal.armId ?? pass.memory.armId;
  const { action } = source;
  if (action === undefined || armId === undefined) return { body: {} };
  const answer = await callArm(pass, {
    method: "POST",
    url: armUrl(`${armId}/${action.name}`, action.apiVersion),
  });
  if (answer.kind === "throttled") return { outcome: { end: endThrottled(pass, answer.until) } };
  if (answer.kind === "unanswered") return { outcome: { problem: failed(answer.message) } };
  if (answer.status !== 200) {
    const failure = parseArmFailure(answer.status, answer.text);
    return {
      outcome: { problem: failed(`${action.name} failed: ${failure.code}: ${failure.message}`) },
    };
  }
  return { body: parseJsonObject(answer.text) ?? {} };
}

function ownerOf(pass: Pass): OwnerReference {
  const { apiVersion, kind, metadata } = resourceOf(pass);
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid };
}

function notWritten(message: string): Problem {
  return {
    reason: "FailedWritingAdditionalKubernetesObjects",
    severity: "Error",
    retry: "slow",
    message,
  };
}

function failed(message: string): Problem {
  return { reason: "Failed", severity: "Warning", retry: "slow", message };
}
