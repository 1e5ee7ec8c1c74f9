import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { KindExtension } from "./kind-extension.ts";

/** Access keys come from listKeys, endpoints from the status. */
export const storageAccount: KindExtension = {
  secrets: {
    action: { name: "listKeys", apiVersion: "2024-01-01" },
    fromAction: { key1: keyNamed("key1"), key2: keyNamed("key2") },
    fromStatus: {
      blobEndpoint: "primaryEndpoints.blob",
      dfsEndpoint: "primaryEndpoints.dfs",
      fileEndpoint: "primaryEndpoints.file",
      queueEndpoint: "primaryEndpoints.queue",
      tableEndpoint: "primaryEndpoints.table",
      webEndpoint: "primaryEndpoints.web",
    },
  },
};

function keyNamed(name: string): (answer: JsonObject) => JsonValue | undefined {
  return (answer) => {
    const keys = answer["keys"];
    if (!Array.isArray(keys)) return undefined;
    const found = keys.find((key) => isJsonObject(key) && key["keyName"] === name);
    return isJsonObject(found) ? found["value"] : undefined;
  };
}
