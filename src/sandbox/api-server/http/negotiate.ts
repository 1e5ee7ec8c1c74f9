import { type Refusal, refuse } from "../refusal.ts";
import type { Representation } from "./represent.ts";

type MediaType = {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
};

/** The form of an answer that the Accept header asks for. */
export type Negotiated = {
  readonly kind: "negotiated";
  readonly representation: Representation;
  readonly format: "json" | "yaml";
};

/** Reads an Accept header; the order counts, weights do not, as clients of Kubernetes use it. */
function parseAccept(accept: string): MediaType[] {
  const text = accept.trim() === "" ? "*/*" : accept;
  return text.split(",").map((part) => {
    const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const pairs = parameters.map((parameter) => parameter.split("="));
    return {
      type,
      parameters: Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, value])),
    };
  });
}

const representations: Readonly<Record<string, Representation>> = {
  Table: "table",
  PartialObjectMetadata: "metadata",
  PartialObjectMetadataList: "metadata",
};

/** Picks the first acceptable form; 406 when there is none. */
export function negotiate(accept: string): Negotiated | Refusal {
  for (const { type, parameters } of parseAccept(accept)) {
    const format = formatOf(type);
    const as = parameters["as"];
    const representation = as === undefined ? "object" : representations[as];
    if (format === undefined || representation === undefined) continue;
    if (as !== undefined && parameters["v"] !== "v1") continue;
    return { kind: "negotiated", representation, format };
  }
  const types = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
  return refuse(406, "NotAcceptable", `only the following media types are accepted: ${types}`);
}

function formatOf(type: string): "json" | "yaml" | undefined {
  if (type === "application/yaml") return "yaml";
  return ["application/json", "*/*", "application/*"].includes(type) ? "json" : undefined;
}

/** The version of aggregated discovery that is asked for before plain JSON; undefined for plain lists. */
export function discoveryVersion(accept: string): "v2" | "v2beta1" | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    const version = parameters["v"];
    const isAggregated = parameters["as"] === "APIGroupDiscoveryList";
    if (type === "application/json" && !isAggregated) return undefined;
    if (isAggregated && (version === "v2" || version === "v2beta1")) return version;
  }
  return undefined;
}
