import { describe, expect, test } from "vitest";
import { parseResourceId, parseTarget } from "../../../src/sandbox/arm/parse-target.ts";

const sub = "/subscriptions/s";

describe("reading a path", () => {
  test.each([
    ["GET", `${sub}`, "subscription"],
    ["GET", "/subscriptions", "subscriptions"],
    ["GET", `${sub}/resourcegroups`, "collection"],
    ["GET", `${sub}/resourceGroups/g/resources`, "allResources"],
    ["GET", `${sub}/resources`, "allResources"],
    ["GET", `${sub}/providers`, "providers"],
    ["POST", `${sub}/providers/Microsoft.Network/register`, "providers"],
    ["GET", `${sub}/providers/Microsoft.Network/virtualNetworks`, "collection"],
    ["GET", `${sub}/providers/Microsoft.Network/locations/westus/operationStatuses/1`, "operation"],
    ["GET", "/providers/Microsoft.Authorization/roleDefinitions", "collection"],
    [
      "POST",
      `${sub}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/listKeys`,
      "action",
    ],
    ["GET", "/nonsense", "unknown"],
    ["GET", `${sub}/resourceGroups/g/extra/more`, "unknown"],
  ])("%s %s is a %s", (method, path, kind) => {
    expect(parseTarget(path, method).kind).toBe(kind);
  });

  test.each([
    { id: `${sub}/RESOURCEGROUPS/g`, type: "Microsoft.Resources/resourceGroups", parent: sub },
    {
      id: `${sub}/resourcegroups/g/providers/A.B/c/d`,
      type: "A.B/c",
      parent: `${sub}/resourceGroups/g`,
    },
    {
      id: `${sub}/resourceGroups/g/providers/A.B/c/d/e/f`,
      type: "A.B/c/e",
      parent: `${sub}/resourceGroups/g/providers/A.B/c/d`,
    },
    {
      id: `${sub}/resourceGroups/g/providers/A.B/c/d/providers/E.F/g/h`,
      type: "E.F/g",
      parent: `${sub}/resourceGroups/g/providers/A.B/c/d`,
    },
    { id: "/providers/A.B/c/d", type: "A.B/c", parent: "" },
  ])("$id is a $type in $parent", ({ id, type, parent }) => {
    expect(parseResourceId(id)).toMatchObject({ type, parent });
  });
});
