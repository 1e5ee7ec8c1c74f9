import { annotations } from "../core/resource/names.ts";
import { blocksOfHandOver } from "./blocks.ts";
import { isHeld } from "./hold.ts";
import { type Found, type Move, nameOf, resourceName } from "./transfer-types.ts";

/** What would happen to each selected resource of a namespace so that the operator `operator` manages it from now on. */
export function planHandOver(found: readonly Found[], operator: string): readonly Move[] {
  return found
    .filter(({ selected }) => selected)
    .map((one) => handOver(one, operator))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function handOver(found: Found, operator: string): Move {
  const { resource, version } = found;
  const isDone = resource.metadata.annotations?.[annotations.operatorNamespace] === operator;
  const step = isHeld(resource) ? "release" : isDone ? "nothing" : "handOver";
  return {
    ...resourceName(resource),
    apiVersion: resource.apiVersion.split("/")[1] ?? "",
    version,
    step,
    source: step === "release" ? undefined : resource,
    target: step === "release" ? resource : undefined,
    level: 0,
    lacks: [],
    blocks: step === "nothing" ? [] : blocksOfHandOver(found),
  };
}
