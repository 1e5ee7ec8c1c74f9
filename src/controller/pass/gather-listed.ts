import { armTypeOf, parentIdOf, sameArmId } from "../../core/arm/arm-id.ts";
import { toStatus } from "../../core/convert/to-status.ts";
import type { ListedFact } from "../../core/decide/facts.ts";
import { project, projectionHash } from "../../core/diff/projection.ts";
import { canonicalJson } from "../../core/hash.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { childrenShownByParents } from "../../kinds/table.ts";
import { listResources } from "../list-cache.ts";
import { callArm, credentialOf } from "./call-arm.ts";
import { type Pass, resourceOf } from "./pass.ts";

/**
 * Looks the resource up in a list of its type (design.md section 3, "A list is not a GET"). `same` only when the list shows it
 * exactly as it did, or as the GET after our last PUT did; everything else proves nothing.
 */
export async function gatherListed(pass: Pass): Promise<ListedFact> {
  const { prepared, memory, version } = pass;
  if (
    prepared === undefined ||
    version === undefined ||
    version.scope === "ext" ||
    version.headOnly
  )
    return { kind: "unsure" };
  const shown = await findListed(pass, prepared.goal.armId);
  if (shown === undefined) return { kind: "unsure" };
  const hash = projectionHash(project(prepared.goal, shown));
  if (hash !== memory.projectionHash && hash !== memory.listHash) {
    pass.listedHash = hash;
    return { kind: "unsure" };
  }
  pass.memory = { ...memory, listHash: hash };
  const { spec, status } = resourceOf(pass);
  // Exports are written anew once per period, and a status that moved is shown: both need the whole resource.
  const isStale = asksForExports(spec) || statusMoved(toStatus(shown, version), status ?? {});
  return { kind: isStale ? "unsure" : "same" };
}

function asksForExports(spec: JsonObject | undefined): boolean {
  const operatorSpec = spec?.["operatorSpec"];
  return isJsonObject(operatorSpec) && exportLists.some((list) => operatorSpec[list] !== undefined);
}

const exportLists = ["secrets", "configMaps", "secretExpressions", "configMapExpressions"];

/** A list may show less than a GET: only what both show counts. */
function statusMoved(listed: JsonObject, status: JsonObject): boolean {
  return Object.entries(listed).some(([name, value]) => {
    const before = status[name];
    if (before === undefined) return false;
    if (isJsonObject(value) && isJsonObject(before)) return statusMoved(value, before);
    return canonicalJson(value) !== canonicalJson(before);
  });
}

async function findListed(pass: Pass, armId: string): Promise<JsonObject | undefined> {
  const embedded = childrenShownByParents(pass.version?.armType ?? "");
  const listedId = embedded === undefined ? armId : parentIdOf(armId);
  if (listedId === undefined) return undefined;
  const list = await listOf(pass, listedId);
  const found = list?.get(listedId.toLowerCase());
  if (found === undefined || embedded === undefined) return found;
  return embedded(found).find((child) => sameId(child, armId));
}

async function listOf(
  pass: Pass,
  armId: string,
): Promise<ReadonlyMap<string, JsonObject> | undefined> {
  const url = listUrl(armId, pass.version?.apiVersion ?? "");
  if (url === undefined) return undefined;
  const credential = credentialOf(pass);
  return listResources(
    pass.engine,
    `${credential.cloud.endpoint} ${credential.principal} ${url}`,
    async (page) => {
      const answer = await callArm(pass, { method: "GET", url: page ?? url });
      return answer.kind === "response" && answer.status === 200 ? answer.text : undefined;
    },
  );
}

/** Types directly under a group are listed for the subscription, nested ones under their parent. */
function listUrl(armId: string, apiVersion: string): string | undefined {
  const type = armTypeOf(armId);
  const subscription = /^\/subscriptions\/[^/]+/i.exec(armId)?.[0];
  if (type === undefined || subscription === undefined) return undefined;
  const query = `?api-version=${apiVersion}`;
  if (type.toLowerCase() === "microsoft.resources/resourcegroups")
    return `${subscription}/resourcegroups${query}`;
  if (type.split("/").length === 2) return `${subscription}/providers/${type}${query}`;
  const parent = parentIdOf(armId);
  return parent === undefined
    ? undefined
    : `${parent}/${type.slice(type.lastIndexOf("/") + 1)}${query}`;
}

function sameId(child: JsonObject, armId: string): boolean {
  return typeof child["id"] === "string" && sameArmId(child["id"], armId);
}
