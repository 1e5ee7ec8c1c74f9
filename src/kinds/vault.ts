import { resourceGroupOf, subscriptionOf } from "../core/arm/arm-id.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Problem } from "../core/resource/types.ts";
import { valueAt, withValue } from "./keep-children.ts";
import type {
  BodyAnswers,
  BodyModifier,
  KindExtension,
  ModifiedBody,
  PutContext,
} from "./kind-extension.ts";

const createMode = ["properties", "createMode"] as const;
const apiVersion = "2024-11-01";

/** `createOrRecover` and `purgeThenCreate` are ASO's own modes: Azure gets `default` or `recover` (aso-kinds.md, Vault). */
const resolveCreateMode: BodyModifier = {
  reads: (put) =>
    needsLookup(put.body)
      ? [{ id: "deleted", url: `${deletedVault(put)}?api-version=${apiVersion}` }]
      : [],
  apply: (put, answers) =>
    needsLookup(put.body) ? applyMode(put, answers) : { kind: "body", body: put.body },
};

function applyMode(put: PutContext, answers: BodyAnswers): ModifiedBody {
  const deleted = answers["deleted"];
  if (deleted === undefined || deleted === "notFound")
    return { kind: "body", body: withValue(put.body, createMode, "default") };
  if (valueAt(put.body, createMode) === "purgeThenCreate") {
    return {
      kind: "action",
      url: `${deletedVault(put)}/purge?api-version=${apiVersion}`,
      problem: purging,
    };
  }
  const before = resourceGroupOf(vaultIdOf(deleted)) ?? "";
  const now = resourceGroupOf(put.armId) ?? "";
  if (before.toLowerCase() !== now.toLowerCase())
    return { kind: "problem", problem: otherGroup(now, before) };
  return { kind: "body", body: withValue(put.body, createMode, "recover") };
}

function needsLookup(body: JsonObject): boolean {
  const mode = valueAt(body, createMode);
  return mode === "createOrRecover" || mode === "purgeThenCreate";
}

function deletedVault({ armId, body }: PutContext): string {
  const subscription = subscriptionOf(armId) ?? "";
  const [location, name] = [body["location"], body["name"]].map((part) =>
    encodeURIComponent(typeof part === "string" ? part : ""),
  );
  return `/subscriptions/${subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`;
}

function vaultIdOf(deleted: JsonObject): string {
  const properties = deleted["properties"];
  const id = isJsonObject(properties) ? properties["vaultId"] : undefined;
  return typeof id === "string" ? id : "";
}

function otherGroup(now: string, before: string): Problem {
  return {
    reason: "Failed",
    severity: "Error",
    retry: "slow",
    message: `cannot recover KeyVault: new resourceGroup ${now} does not match old resource group ${before}. Purge the deleted vault, choose another azureName, or use the old group.`,
  };
}

const purging: Problem = {
  reason: "Reconciling",
  severity: "Info",
  retry: "fast",
  message: "The deleted vault of this name is being purged; then the vault is created.",
};

/** Soft-deleted vaults keep their name: creating one may mean recovering or purging it first. */
export const vault: KindExtension = { modifyBody: resolveCreateMode };
