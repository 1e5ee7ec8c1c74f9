import { OperatorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { buildCrd } from "../../crds/build-crd.ts";
import { selectUsed } from "../../crds/select-kinds.ts";
import { version } from "../../runtime/version.ts";
import type { ApiServerHandle } from "../../sandbox/api-server/start-api-server.ts";
import { isAsoResource, type Manifest } from "./manifests.ts";

/** Installs the CRDs that the manifests need into the embedded API server. Its own objects from an earlier run keep theirs. */
export async function installCrds(
  api: ApiServerHandle,
  manifests: readonly Manifest[],
): Promise<void> {
  const used = manifests.filter(isAsoResource).map(({ apiVersion, kind, metadata }) => {
    const [group = "", name = ""] = apiVersion.split("/");
    return { group, version: name, kind, where: `${kind} ${metadata.name}` };
  });
  if (used.length === 0) return;
  const selection = await selectUsed(used, "all");
  if (selection.kind === "refused") throw new OperatorError("ConfigInvalid", selection.reason);
  for (const { group, name, kind, served } of selection.kinds)
    api.apply(
      structuredClone(buildCrd(group, name, kind, served, version)) as unknown as JsonObject,
    );
}
